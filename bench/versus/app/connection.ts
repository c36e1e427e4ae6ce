/**
 * One connection to the app: finds heads, gives answers.
 *
 * @module
 */

import { answerBytes, answerHang, takeBody } from "./bodies.ts";
import { echoFrames } from "./echo.ts";
import { subscribe } from "./events.ts";
import { writeAll } from "./write_all.ts";

/** Enough for every head that the load or a tunnel sends, and for bodies of 16 KiB. */
const BUFFER_BYTES = 32 * 1024;

const latin1 = new TextDecoder("latin1");
const ascii = new TextEncoder();

const SMALL = response("hello, world\n");
const SMALL_AND_CLOSE = response("hello, world\n", "Connection: close\r\n");

/** A whole answer. */
function response(text: string, lines = ""): Uint8Array<ArrayBuffer> {
  return ascii.encode(
    `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n${lines}\r\n${text}`,
  );
}

/** A connection and what it has sent so far. */
export class AppConnection {
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #length = 0;

  /** Takes over a connection. */
  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Answers request after request; ends quietly when the peer does, in whatever way. */
  async serve(): Promise<void> {
    using connection = this.#connection;
    try {
      while (await this.#answerOne(connection));
    } catch (error) {
      if (!isEndOfPeer(error)) throw error;
    }
  }

  /** False when nothing more will come or go. */
  async #answerOne(connection: Deno.TcpConn): Promise<boolean> {
    const end = await this.#readHead(connection);
    if (end === undefined) return false;
    const head = latin1.decode(this.#buffer.subarray(0, end));
    this.#consume(end);
    const path = head.slice(head.indexOf(" ") + 1, head.indexOf(" HTTP/"));
    const closes = /\r\nconnection: *close\r\n/i.test(head) || head.includes(" HTTP/1.0\r\n");
    const [, name, amount] = path.split("/");
    switch (name) {
      case "bytes":
        await answerBytes(connection, Number(amount));
        break;
      case "sink": {
        const rest = this.#buffer.subarray(0, this.#length);
        const count = await takeBody(connection, head, rest);
        this.#length = 0;
        await writeAll(connection, response(`${count}\n`));
        break;
      }
      case "events":
        await subscribe(connection, Number(amount));
        return false;
      case "echo":
        await echoFrames(connection, head, this.#buffer.slice(0, this.#length));
        return false;
      case "hang":
        await answerHang(connection);
        return false;
      default:
        await writeAll(connection, closes ? SMALL_AND_CLOSE : SMALL);
    }
    return !closes;
  }

  /** The head's length, once the whole of it is there. */
  async #readHead(connection: Deno.TcpConn): Promise<number | undefined> {
    for (;;) {
      const end = endOfHead(this.#buffer, this.#length);
      if (end > 0) return end;
      const read = await connection.read(this.#buffer.subarray(this.#length));
      if (read === null || read === 0) return undefined;
      this.#length += read;
    }
  }

  #consume(bytes: number): void {
    if (bytes < this.#length) this.#buffer.copyWithin(0, bytes, this.#length);
    this.#length -= bytes;
  }
}

/** Where the first head ends, or 0. */
function endOfHead(bytes: Uint8Array, length: number): number {
  for (let i = 3; i < length; i++) {
    if (bytes[i] === 10 && bytes[i - 1] === 13 && bytes[i - 2] === 10 && bytes[i - 3] === 13) {
      return i + 1;
    }
  }
  return 0;
}

/** Loads end connections in the middle of answers; to the app that is nothing special. */
function isEndOfPeer(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.TimedOut;
}
