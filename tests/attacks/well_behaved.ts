/**
 * A visitor who only wants to be served: every other request over a connection of its own.
 *
 * @module
 */

import { RawConnection } from "../support/raw_connection.ts";

/** How somebody was served. */
export interface Service {
  readonly requests: number;
  /** Answers other than 200, and connections that broke. */
  readonly failures: readonly string[];
  readonly p50: number;
  readonly p99: number;
}

/** Keeps asking until `isEnough`, and at least `least` times, or something goes wrong. */
export async function visitOften(
  port: number,
  host: string,
  least: number,
  isEnough: () => boolean,
): Promise<Service> {
  const times: number[] = [];
  const failures: string[] = [];
  using kept = await RawConnection.to(port);
  while (times.length < least || !isEnough()) {
    const isNew = times.length % 2 === 1;
    const start = performance.now();
    using fresh = isNew ? await RawConnection.to(port) : undefined;
    const answer = await ask(fresh ?? kept, host);
    times.push(performance.now() - start);
    if (answer.startsWith("HTTP/1.1 200 ")) continue;
    failures.push(`${isNew ? "new" : "kept"}, the ${times.length}th: ${answer.slice(0, 200)}`);
    break;
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)]!;
  return { requests: times.length, failures, p50: at(0.5), p99: at(0.99) };
}

async function ask(conn: RawConnection, host: string): Promise<string> {
  try {
    await conn.send(`GET /small HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return await conn.take((text) => text.endsWith("\r\n\r\nhello"));
  } catch (error) {
    return String(error);
  }
}
