/**
 * A program of ours that runs in a process of its own and is told what to do, a JSON line at a
 * time: the app, the load generator. Its processor time is then its own.
 *
 * @module
 */

import { TextLineStream } from "../../protocol/text_lines.ts";

/** What the program says to a line: a result, or why there is none. */
export type LineAnswer = { readonly result: unknown } | { readonly error: string };

/** How it is started. */
export interface LineProgramOptions {
  /** Goes before the command, such as `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
  readonly v8Flags?: readonly string[];
}

/** The handle of such a program. */
export class LineProgram implements AsyncDisposable {
  readonly #command: readonly string[];
  #process: LineProcess;

  /** Starts a module with this Deno. */
  constructor(module: URL, { prefix = [], v8Flags = [] }: LineProgramOptions = {}) {
    this.#command = [
      ...prefix,
      ...[Deno.execPath(), "run", "--quiet", "--allow-all"],
      ...(v8Flags.length === 0 ? [] : [`--v8-flags=${v8Flags.join(",")}`]),
      module.pathname,
    ];
    this.#process = new LineProcess(this.#command);
  }

  /** The process that runs now. */
  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Asks for something and waits until it is done; one thing at a time.
   *
   * @throws {Error} If the program could not do it.
   */
  ask<T>(op: string, args: object = {}): Promise<T> {
    return this.#process.ask(op, args);
  }

  /** Ends the process and starts another one: whatever it was doing is forgotten. */
  async restart(): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    this.#process = new LineProcess(this.#command);
  }

  /** Ends the process, whatever it is doing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

class LineProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;

  constructor([program, ...args]: readonly string[]) {
    this.#child = new Deno.Command(program!, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
  }

  get pid(): number {
    return this.#child.pid;
  }

  async ask<T>(op: string, args: object): Promise<T> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify({ op, args })}\n`));
    const { value } = await this.#output.read();
    if (value === undefined) throw new Error(`The program ended during ${op}`);
    const answer = JSON.parse(value) as LineAnswer;
    if ("error" in answer) throw new Error(`${op}: ${answer.error}`);
    return answer.result as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Closing waits for what was written, which a busy process may never read.
    this.#input.abort().catch(() => {});
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
    await this.#output.cancel();
    await this.#child.status;
  }
}
