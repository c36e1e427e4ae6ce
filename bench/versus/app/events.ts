/**
 * Server-sent events for many listeners at once. Every event says when it was made.
 *
 * @module
 */

import { writeAll } from "./write_all.ts";

/** What makes an event as long as most are: about 100 bytes. */
const PADDING = "x".repeat(72);

const ascii = new TextEncoder();

/** Those who get the events of one interval. */
class Audience {
  readonly #listeners = new Set<Deno.TcpConn>();
  readonly #intervalMs: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  join(listener: Deno.TcpConn): void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#publish(), this.#intervalMs);
  }

  leave(listener: Deno.TcpConn): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #publish(): void {
    const event = chunk(`data: ${nowMicros()} ${PADDING}\n\n`);
    for (const listener of this.#listeners) {
      // Who has left says so to `subscribe`, which waits for it.
      writeAll(listener, event).catch(() => this.leave(listener));
    }
  }
}

const audiences = new Map<number, Audience>();

/** Adds a listener until it leaves. */
export async function subscribe(connection: Deno.TcpConn, intervalMs: number): Promise<void> {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" +
    "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n";
  await writeAll(connection, ascii.encode(head));
  const audience = audiences.getOrInsertComputed(intervalMs, () => new Audience(intervalMs));
  audience.join(connection);
  try {
    const rest = new Uint8Array(64);
    while (await connection.read(rest) !== null);
  } finally {
    audience.leave(connection);
  }
}

/** The time in microseconds, the same in every process of a machine. */
export function nowMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

function chunk(text: string): Uint8Array<ArrayBuffer> {
  return ascii.encode(`${text.length.toString(16)}\r\n${text}\r\n`);
}
