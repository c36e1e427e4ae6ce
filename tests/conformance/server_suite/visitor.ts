/**
 * A visitor of the tunnel: plain HTTP/1.1, as little as the rules need.
 *
 * @module
 */

import { fromLatin1, latin1 } from "../../vectors/meaning.ts";
import { ByteLog } from "../wire/byte_log.ts";
import { Watch } from "../wire/watch.ts";

/** The answers in the rules have short heads, and a long body must not be searched again and again. */
const MOST_HEAD_BYTES = 4096;

/** One connection of a visitor. */
export class Visitor {
  readonly #conn: Deno.TcpConn;
  readonly #log = new ByteLog();
  readonly #patienceMs: number;
  #isEnded = false;
  readonly #watch = new Watch(() => `read:     ${JSON.stringify(this.text.slice(0, 500))}`);

  /** Takes over a connection, and reads it. */
  constructor(conn: Deno.TcpConn, patienceMs: number) {
    this.#conn = conn;
    this.#patienceMs = patienceMs;
    this.#read();
  }

  /** All that came, as Latin-1. */
  get text(): string {
    return latin1(this.#log.slice());
  }

  /** Writes text, one byte a character, or bytes. */
  async write(what: string | Uint8Array): Promise<void> {
    const bytes = typeof what === "string" ? fromLatin1(what) : what;
    try {
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    } catch {
      // The server has hung up, which reading tells.
    }
  }

  /** Waits until what came satisfies `probe`. */
  async until(probe: (text: string) => boolean, what: string): Promise<void> {
    await this.#watch.until(() => probe(this.text) || undefined, what, this.#patienceMs);
  }

  /** Waits until the head of the final answer is there, and gives its status. */
  async status(): Promise<number> {
    return await this.#watch.until(
      () => {
        const text = latin1(this.#log.slice(0, MOST_HEAD_BYTES));
        const heads = text.matchAll(/^HTTP\/1\.[01] (\d{3})[^]*?\r\n\r\n/gm);
        return heads.map(([, status]) => Number(status)).find((status) => status >= 200);
      },
      "the head of a final answer",
      this.#patienceMs,
    );
  }

  /** Waits for the end of the connection. */
  async end(): Promise<void> {
    await this.#watch.until(
      () => this.#isEnded || undefined,
      "the end of the visitor's connection",
      this.#patienceMs,
    );
  }

  /** Waits until so many bytes came behind the head of the final answer, and gives them. */
  async body(length: number): Promise<Uint8Array> {
    await this.status();
    return await this.#watch.until(
      () => {
        let at = 0;
        for (let isFinal = false; !isFinal;) {
          const text = latin1(this.#log.slice(at, at + MOST_HEAD_BYTES));
          isFinal = !/^HTTP\/1\.1 1/.test(text);
          at += text.indexOf("\r\n\r\n") + 4;
        }
        const bytes = this.#log.slice(at);
        return bytes.length >= length ? bytes : undefined;
      },
      `${length} bytes behind the head`,
      this.#patienceMs,
    );
  }

  /** Hangs up. */
  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It is gone already.
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(256 * 1024);
    try {
      for (;;) {
        const size = await this.#conn.read(buffer);
        if (size === null) break;
        this.#log.append(buffer.subarray(0, size));
        this.#watch.changed();
      }
    } catch {
      // However it ends, it ends.
    }
    this.#isEnded = true;
    this.#watch.changed();
  }
}
