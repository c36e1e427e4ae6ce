/**
 * A program of ours as a process: everything that it prints, and what others see of it.
 *
 * @module
 */

import { EventLog } from "../support/event_log.ts";
import type { Evidence } from "./evidence.ts";

const ROOT = new URL("../../", import.meta.url);

/** How a program is started. */
export interface ProgramOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads; nothing if absent. */
  readonly stdin?: string;
  /** On a terminal: `script` of util-linux lends one. */
  readonly onTerminal?: boolean;
}

/** True where a program can be given a terminal. */
export const HAS_TERMINAL: boolean = Deno.build.os === "linux" &&
  ["/usr/bin/script", "/bin/script"].some((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });

/** A program that runs, or has run. */
export class RecordedProgram implements AsyncDisposable {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #evidence: Evidence;
  readonly #printed = new EventLog<"printed" | "ended">();
  readonly #readings: Promise<unknown>;
  #text = "";

  private constructor(name: string, child: Deno.ChildProcess, evidence: Evidence) {
    this.#name = name;
    this.#child = child;
    this.#evidence = evidence;
    this.#readings = Promise.all([
      this.#read("stdout", child.stdout),
      this.#read("stderr", child.stderr),
    ]);
  }

  /** Starts `client/main.ts` or `server/main.ts`; what it prints goes into `evidence`. */
  static async start(
    main: "client/main.ts" | "server/main.ts",
    name: string,
    { args, env = {}, stdin, onTerminal = false }: ProgramOptions,
    evidence: Evidence,
  ): Promise<RecordedProgram> {
    const run = ["run", "-A", new URL(main, ROOT).pathname, ...args];
    const line = [Deno.execPath(), ...run].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
    const command = new Deno.Command(onTerminal ? "script" : Deno.execPath(), {
      args: onTerminal ? ["-qec", line.join(" "), "/dev/null"] : run,
      cwd: ROOT,
      env: { ...onTerminal ? { TERM: "xterm-256color" } : { NO_COLOR: "1" }, ...env },
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    });
    const program = new RecordedProgram(name, command.spawn(), evidence);
    if (stdin !== undefined) {
      const writer = program.#child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(stdin));
      await writer.close();
    }
    return program;
  }

  /** Runs one to its end. */
  static async run(
    ...args: Parameters<typeof RecordedProgram.start>
  ): Promise<{ readonly code: number; readonly text: string }> {
    await using program = await RecordedProgram.start(...args);
    const { code } = await program.#child.status;
    await program.#readings;
    return { code, text: program.#text };
  }

  /** How often something was printed. */
  count(what: string | RegExp): number {
    return this.#text.split(what).length - 1;
  }

  /** Waits until something was printed so often; gives all that was printed by then, both ways. */
  async until(what: string | RegExp, times = 1): Promise<string> {
    const isPrinted = () => this.count(what) >= times;
    let isOver = false;
    this.#readings.then(() => isOver = true).finally(() => this.#printed.add("ended"));
    try {
      await this.#printed.first(() => isOver || isPrinted());
    } catch (cause) {
      throw new Error(`${this.#name} prints no ${what}: ${this.#text.slice(-2000)}`, { cause });
    }
    if (isPrinted()) return this.#text;
    throw new Error(`${this.#name} has ended without ${what}: ${this.#text.slice(-2000)}`);
  }

  /** Puts into the evidence how the process list shows it; Linux only. */
  lookAtProcessList(): void {
    if (Deno.build.os !== "linux") return;
    const of = (name: string) => Deno.readTextFileSync(`/proc/${this.#child.pid}/${name}`);
    this.#evidence.add("process list", `${of("cmdline").replaceAll("\0", " ")} ${of("comm")}`);
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Asks it to end, as a person does, and waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#readings;
  }

  async #read(way: string, stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let whole = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      whole += text;
      this.#text += text;
      this.#printed.add("printed");
    }
    this.#evidence.add(`${this.#name} ${way}`, whole);
  }
}
