/**
 * A TCP connection on which anything can be sent and nothing is taken for granted.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { encodeRecord, RECORD_HEADER_BYTES, recordLengths } from "../../../protocol/link/record.ts";
import { broken, hex, RuleBroken } from "./rule.ts";

/** A record that came in. */
export interface RawRecord {
  readonly type: number;
  readonly payload: Uint8Array;
}

const READ_BYTES = 256 * 1024;

/** One connection. */
export class RawTransport implements Disposable {
  readonly #conn: Deno.Conn;
  #pending: Promise<Uint8Array | null> | undefined;
  #unread = new Uint8Array(0);
  #isClosed = false;
  /** The last write; they go one after the other. */
  #writing: Promise<void> = Promise.resolve();
  #error: unknown;

  /** Takes over a connection. */
  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    try {
      conn.setNoDelay(true);
    } catch {
      // It is gone already; reading will tell.
    }
  }

  /** Connects. */
  static async connect(hostname: string, port: number): Promise<RawTransport> {
    return new RawTransport(await Deno.connect({ hostname, port }));
  }

  /** Why a write failed, or `undefined`. */
  get writeError(): unknown {
    return this.#error;
  }

  /** True once this side has closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends bytes. That they cannot be sent is no error: the other end may hang up. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#writing = this.#writing.then(async () => {
      try {
        for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
      } catch (error) {
        this.#error ??= error;
      }
    });
  }

  /** Sends a record. */
  writeRecord(type: number, payload: Uint8Array): Promise<void> {
    return this.write(encodeRecord(type, payload));
  }

  /** The next bytes, or `null` once the other end has hung up, in whatever way. */
  async read(): Promise<Uint8Array | null> {
    if (this.#unread.length > 0) {
      const bytes = this.#unread;
      this.#unread = new Uint8Array(0);
      return bytes;
    }
    this.#pending ??= this.#read();
    const bytes = await this.#pending;
    this.#pending = undefined;
    return bytes;
  }

  /** Like {@linkcode read}, or `undefined` if nothing comes in time; nothing is lost by that. */
  async readWithin(ms: number): Promise<Uint8Array | null | undefined> {
    if (this.#unread.length > 0) return await this.read();
    this.#pending ??= this.#read();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ms);
    });
    const bytes = await Promise.race([this.#pending, late]);
    clearTimeout(timer);
    if (bytes !== undefined) this.#pending = undefined;
    return bytes;
  }

  /** Puts bytes back that were read too early. */
  unread(bytes: Uint8Array): void {
    this.#unread = concat([bytes, this.#unread]);
  }

  /**
   * The next whole record, or `null` if the other end hangs up before it.
   *
   * @throws {RuleBroken} If it is no record, or none comes in time.
   */
  async readRecord(what: string, ms: number): Promise<RawRecord | null> {
    const deadline = performance.now() + ms;
    let bytes = new Uint8Array(0);
    for (;;) {
      const piece = await this.readWithin(Math.max(1, deadline - performance.now()));
      if (piece === undefined) {
        throw broken(what, `nothing complete within ${ms} ms, but ${hex(bytes)}`);
      }
      if (piece === null) return null;
      bytes = concat([bytes, piece]);
      if (recordLengths(bytes[0]!) === undefined) throw broken(what, hex(bytes));
      if (bytes.length < RECORD_HEADER_BYTES) continue;
      const end = RECORD_HEADER_BYTES + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
      const [least, most] = recordLengths(bytes[0]!)!;
      const length = end - RECORD_HEADER_BYTES;
      if (length < least || length > most) throw broken(what, hex(bytes));
      if (bytes.length < end) continue;
      if (bytes.length > end) this.unread(bytes.subarray(end));
      return { type: bytes[0]!, payload: bytes.slice(RECORD_HEADER_BYTES, end) };
    }
  }

  /**
   * Reads on until the other end hangs up.
   *
   * @throws {RuleBroken} If it does not in time.
   */
  async mustEnd(what: string, ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    for (;;) {
      const bytes = await this.readWithin(Math.max(1, deadline - performance.now()));
      if (bytes === null) return;
      if (bytes === undefined) {
        throw new RuleBroken(`expected: ${what}\ncame:     no end within ${ms} ms`);
      }
    }
  }

  /** Ends our side; what was written arrives. */
  async endWriting(): Promise<void> {
    await this.#writing;
    try {
      await this.#conn.closeWrite();
    } catch {
      // It is gone already.
    }
  }

  /** Ends both sides at once. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#conn.close();
    } catch {
      // It is gone already.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #read(): Promise<Uint8Array | null> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      const size = await this.#conn.read(buffer);
      return size === null ? null : buffer.subarray(0, size);
    } catch {
      return null;
    }
  }
}
