/**
 * Waits until a request through a contender is answered by the app. It also runs as a program of
 * its own, `answered.ts HOSTNAME PORT HOST`, for visitors in another network than ours.
 *
 * @module
 */

import { pause } from "./program.ts";

/** A visitor's way in. */
export interface Entrance {
  readonly address: Deno.NetAddr;
  readonly host: string;
}

/** An attempt that is not answered is given up after this: the tunnel came up behind its back. */
const ATTEMPT_MS = 2_000;
/** Long enough for the head of every answer, of which only the status is looked at. */
const HEAD_BYTES = 1_024;

/** Asks again and again; resolves at the first answer below 300. Aborting rejects. */
export async function untilAnswered(entrance: Entrance, signal: AbortSignal): Promise<void> {
  while (!await isAnswered(entrance)) {
    signal.throwIfAborted();
    await pause();
  }
}

/** True if one request gets an answer below 300. */
async function isAnswered({ address: { hostname, port }, host }: Entrance): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname, port });
    connection.setNoDelay(true);
    const late = setTimeout(() => connection.close(), ATTEMPT_MS);
    try {
      const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      await connection.write(new TextEncoder().encode(request));
      const head = new Uint8Array(HEAD_BYTES);
      const length = await connection.read(head) ?? 0;
      return /^HTTP\/1\.1 2/.test(new TextDecoder().decode(head.subarray(0, length)));
    } finally {
      clearTimeout(late);
    }
  } catch (error) {
    if (isNotYet(error)) return false;
    throw error;
  }
}

/** A refused, reset or abandoned connection: nothing is there yet. */
function isNotYet(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionRefused ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted;
}

if (import.meta.main) {
  const [hostname = "", port = "", host = ""] = Deno.args;
  const address = { transport: "tcp" as const, hostname, port: Number(port) };
  await untilAnswered({ address, host }, new AbortController().signal);
}
