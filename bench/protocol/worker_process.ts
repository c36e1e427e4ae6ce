/**
 * A process that does what it is told, a JSON line at a time. The two ends of
 * what is measured run in one each, so that neither waits for the other's turn
 * of an event loop and the processor time of each is known.
 *
 * @module
 */

import { TextLineStream } from "./text_lines.ts";
import type { Usage } from "./usage.ts";

/** The end that opens streams, the one that answers, or both without a network between. */
export type Role = "driver" | "responder" | "memory";

/** What a worker was asked, and what it said. */
type Answer = { readonly result: unknown } | { readonly error: string };

/** The handle of a worker. */
export class WorkerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;

  /** Starts a process of the same Deno. */
  constructor(role: Role) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--allow-all",
        "--v8-flags=--expose-gc",
        new URL("./worker.ts", import.meta.url).pathname,
        role,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
  }

  /**
   * Asks for something and waits until it is done; one thing at a time.
   *
   * @throws {Error} If the worker could not do it.
   */
  async ask<T>(op: string, args: object = {}): Promise<T> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify({ op, args })}\n`));
    const { value } = await this.#output.read();
    if (value === undefined) throw new Error(`The worker ended during ${op}`);
    const answer = JSON.parse(value) as Answer;
    if ("error" in answer) throw new Error(answer.error);
    return answer.result as T;
  }

  /** What the process has used so far. */
  usage(settle = false): Promise<Usage> {
    return this.ask("usage", { settle });
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    await this.#output.cancel();
    await this.#child.status;
  }
}
