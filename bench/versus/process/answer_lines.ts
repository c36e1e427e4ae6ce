/**
 * The inner side of a {@linkcode LineProgram}: does what its standard input says.
 *
 * @module
 */

import { TextLineStream } from "../../protocol/text_lines.ts";
import type { LineAnswer } from "./line_program.ts";

/** What the program can do, by name. */
export type Operations = Readonly<Record<string, (args: never) => unknown>>;

/** Does one thing after the other until the input ends. */
export async function answerLines(operations: Operations): Promise<void> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const { op, args } = JSON.parse(line) as { readonly op: string; readonly args: never };
    const answer: LineAnswer = await attempt(async () => await operations[op]!(args));
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
  }
}

async function attempt(work: () => Promise<unknown>): Promise<LineAnswer> {
  try {
    return { result: await work() ?? null };
  } catch (error) {
    return { error: String(error) };
  }
}
