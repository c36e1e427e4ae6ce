/**
 * A program of a contender that runs: its output goes to a file, it is stopped by its process id,
 * and nothing that it started outlives it.
 *
 * @module
 */

import { descendantsOf, isRunning, listensOn } from "./kernel.ts";

/** What is run. */
export interface ProgramSpec {
  readonly role: "server" | "client";
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Goes before the command. */
  readonly prefix: readonly string[];
  /** The TCP ports that it listens on once it is ready for the next program. */
  readonly listens?: readonly number[];
}

/** A program may take this long to open its ports: Deno compiles, Go and Rust take none of it. */
const READY_MS = 15_000;
/** Asked to stop, a program may take this long; most need some milliseconds. */
const STOP_MS = 5_000;
/** How often the kernel is asked, where there is no event to wait for. */
const LOOK_EVERY_MS = 2;
/** This much of its output is shown if it fails. */
const LAST_WORDS = 2_000;

/** A program of a contender that runs. */
export class Program implements AsyncDisposable {
  readonly role: "server" | "client";
  /** Resolves when it has ended, by itself or stopped. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #log: string;
  #status: Deno.CommandStatus | undefined;

  private constructor(role: "server" | "client", child: Deno.ChildProcess, log: string) {
    this.role = role;
    this.#child = child;
    this.#log = log;
    this.ended = child.status.then((status) => this.#status = status);
  }

  /** Its process id: the shell that sends the output to `log` becomes the program itself. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Starts a program; its ports may not be open yet. */
  static start(spec: ProgramSpec, log: string): Program {
    const redirected = ["sh", "-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", log];
    const [program = "", ...args] = [...spec.prefix, ...redirected, ...spec.command];
    const child = new Deno.Command(program, {
      args,
      env: { ...spec.environment },
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    return new Program(spec.role, child, log);
  }

  /**
   * Waits until it listens on all of these ports.
   *
   * @throws {Error} With the end of its output, if it ends before, or takes too long.
   */
  async listening(ports: readonly number[]): Promise<void> {
    const deadline = performance.now() + READY_MS;
    while (!ports.every((port) => listensOn(this.pid, port))) {
      if (this.#status !== undefined) {
        throw new Error(`It ended with ${this.#status.code}: ${this.lastWords()}`);
      }
      if (performance.now() > deadline) {
        throw new Error(`It does not listen on ${ports.join(", ")}: ${this.lastWords()}`);
      }
      await pause();
    }
  }

  /** Stops it and what it has started, and waits until all of that is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const family = [this.pid, ...descendantsOf(this.pid)];
    if (this.#status === undefined) this.#child.kill("SIGTERM");
    const deadline = performance.now() + STOP_MS;
    while (this.#status === undefined || family.some(isRunning)) {
      // What is left once the program itself has ended has nobody who would end it.
      if (this.#status !== undefined || performance.now() > deadline) {
        for (const pid of family.filter(isRunning)) killNow(pid);
      }
      await pause();
    }
  }

  /** The end of what it has written. */
  lastWords(): string {
    return Deno.readTextFileSync(this.#log).slice(-LAST_WORDS).trim();
  }
}

/** Gives the programs some time between two looks. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

function killNow(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    // It has ended between the look and the signal.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
