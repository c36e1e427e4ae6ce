/**
 * A program whose output goes to a file, as a service manager would have it: nobody spends
 * processor time on reading it while the program is measured.
 *
 * @module
 */

/** Often enough to time a start, and cheap enough not to slow it. */
const POLL_MS = 2;

/** A start that takes longer has failed. */
const START_TIMEOUT_MS = 30_000;

/** How long a program may take to stop before it is killed. */
const STOP_TIMEOUT_MS = 5000;

/** A program that runs, with its output in a file. */
export class LoggedProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #logFile: string;
  #hasEnded = false;

  /** Starts a command. */
  constructor(command: readonly string[], options: { env?: Record<string, string> } = {}) {
    this.#logFile = Deno.makeTempFileSync({ prefix: "tun-versus-", suffix: ".log" });
    this.#child = new Deno.Command("sh", {
      // `exec`: the process is the program, not the shell.
      args: ["-c", 'exec "$@" >"$0" 2>&1', this.#logFile, ...command],
      stdin: "null",
      ...options,
    }).spawn();
    this.#child.status.then(() => this.#hasEnded = true);
  }

  /** The process. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Waits until the output matches.
   *
   * @throws {Error} If the program ends before, or takes too long.
   */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const text = Deno.readTextFileSync(this.#logFile);
      const match = pattern.exec(text);
      if (match !== null) return match;
      if (this.#hasEnded) throw new Error(`The program ended: ${text.slice(-500)}`);
      if (performance.now() > deadline) throw new Error(`Not ready in time: ${text.slice(-500)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Stops the program and removes its output. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#child.status;
    clearTimeout(timer);
    await Deno.remove(this.#logFile);
  }
}
