/**
 * A visitor's connection: sends a request, reads the head of the answer, counts its body. It takes
 * what proxies make of an answer (a length, chunks, or an end) as it comes.
 *
 * @module
 */

import {
  BODY_UNTIL_CLOSE,
  type BodyDecoder,
  CHUNKED_BODY,
  createBodyDecoder,
} from "../../../protocol/http1/mod.ts";
import { writeAll } from "../app/write_all.ts";

/** Where a visitor goes. */
export interface Entrance {
  readonly hostname: string;
  readonly port: number;
  /** The `Host` to send. */
  readonly host: string;
}

/** The largest read; also what is written at a time. */
export const BLOCK_BYTES: number = 256 * 1024;

/** Heads of answers are far smaller. */
const MAX_HEAD_BYTES = 16 * 1024;

const latin1 = new TextDecoder("latin1");
const ascii = new TextEncoder();

/** One connection. */
export class HttpVisitor implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #host: string;
  /** What has been read; the head's end is at `#at` once it is known. */
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #at = 0;
  #length = 0;

  private constructor(connection: Deno.TcpConn, host: string, bufferBytes: number) {
    this.#connection = connection;
    this.#host = host;
    this.#buffer = new Uint8Array(bufferBytes);
  }

  /** Connects. Those who are many and read little take a smaller buffer. */
  static async to(
    { hostname, port, host }: Entrance,
    bufferBytes: number = BLOCK_BYTES,
  ): Promise<HttpVisitor> {
    const connection = await Deno.connect({ hostname, port });
    connection.setNoDelay(true);
    return new HttpVisitor(connection, host, bufferBytes);
  }

  /** Sends the head of a request. */
  async send(method: string, path: string, lines: readonly string[] = []): Promise<void> {
    const head = [`${method} ${path} HTTP/1.1`, `Host: ${this.#host}`, ...lines, "", ""];
    await writeAll(this.#connection, ascii.encode(head.join("\r\n")));
  }

  /** Sends bytes as they are. */
  async write(bytes: Uint8Array): Promise<void> {
    await writeAll(this.#connection, bytes);
  }

  /**
   * Reads the head of the final answer.
   *
   * @throws {Error} If its status is not the expected one.
   */
  async head(status = 200): Promise<string> {
    for (;;) {
      const end = await this.#findHeadEnd();
      const head = latin1.decode(this.#buffer.subarray(this.#at, end));
      this.#at = end;
      const found = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
      if (found === status) return head;
      if (found < 100 || found > 199 || found === 101) {
        throw new Error(`answered ${found}, not ${status}`);
      }
    }
  }

  /** Reads the whole body that belongs to `head`, and gives its length. */
  async body(head: string, onData?: (data: Uint8Array) => void): Promise<number> {
    const body = decoderFor(head);
    let length = 0;
    const count = (data: Uint8Array) => {
      length += data.length;
      onData?.(data);
    };
    for (;;) {
      const bytes = this.#buffer.subarray(this.#at, this.#length);
      this.#at += body.push(bytes, 0, count);
      if (body.done) return length;
      if (!await this.#readMore()) {
        body.end();
        return length;
      }
    }
  }

  /** The next bytes, whatever they are; null once the peer has ended. */
  async read(): Promise<Uint8Array | null> {
    if (this.#at === this.#length && !await this.#readMore()) return null;
    const bytes = this.#buffer.subarray(this.#at, this.#length);
    this.#at = this.#length;
    return bytes;
  }

  /** Cuts the connection. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #findHeadEnd(): Promise<number> {
    for (;;) {
      const text = latin1.decode(this.#buffer.subarray(this.#at, this.#length));
      const end = text.slice(0, MAX_HEAD_BYTES).indexOf("\r\n\r\n");
      if (end >= 0) return this.#at + end + 4;
      if (!await this.#readMore()) throw new Error("ended before the head of an answer");
    }
  }

  /** Makes room by dropping what was taken, and reads. */
  async #readMore(): Promise<boolean> {
    this.#buffer.copyWithin(0, this.#at, this.#length);
    this.#length -= this.#at;
    this.#at = 0;
    const read = await this.#connection.read(this.#buffer.subarray(this.#length));
    if (read === null) return false;
    this.#length += read;
    return true;
  }
}

function decoderFor(head: string): BodyDecoder {
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return createBodyDecoder(CHUNKED_BODY);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  return createBodyDecoder(
    length === undefined ? BODY_UNTIL_CLOSE : { kind: "length", length: Number(length) },
  );
}
