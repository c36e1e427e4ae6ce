/**
 * The process that a {@linkcode WorkerProcess} starts: reads requests from
 * standard input, answers on standard output, ends with its input.
 *
 * @module
 */

import { DRIVER } from "./driver.ts";
import { MEMORY_LINKS } from "./memory_links.ts";
import type { Operations } from "./operations.ts";
import { RESPONDER } from "./responder.ts";
import { TextLineStream } from "./text_lines.ts";
import { takeUsage } from "./usage.ts";
import type { Role } from "./worker_process.ts";

const ROLES: Record<Role, Operations> = {
  driver: DRIVER,
  responder: RESPONDER,
  memory: MEMORY_LINKS,
};

const operations: Operations = {
  ...ROLES[Deno.args[0] as Role],
  usage: ({ settle }: { settle: boolean }) => takeUsage(settle),
};

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
const out = new TextEncoder();
for await (const line of lines) {
  const { op, args } = JSON.parse(line) as { op: string; args: object };
  let answer: object;
  try {
    answer = { result: await operations[op]!(args) ?? null };
  } catch (error) {
    answer = { error: `${op}: ${error instanceof Error ? error.stack : error}` };
  }
  const bytes = out.encode(`${JSON.stringify(answer)}\n`);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}
Deno.exit(0);
