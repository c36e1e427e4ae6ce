/**
 * A bare connection as a {@linkcode Channel}: what the tunnel is compared with.
 *
 * @module
 */

import type { Channel } from "./work.ts";

/**
 * One buffer, read into again and again. Of 64 to 1024 KiB none was reliably
 * faster than this on loopback; much larger ones fall out of the cache.
 */
const READ_BYTES = 256 * 1024;

/** The fastest plain loop there is on this platform. */
export class PlainChannel implements Channel {
  readonly #conn: Deno.Conn;
  readonly #buffer: Uint8Array;

  /** Reads into a buffer of its own. */
  constructor(conn: Deno.TcpConn, readBytes: number = READ_BYTES) {
    this.#conn = conn;
    this.#buffer = new Uint8Array(readBytes);
    conn.setNoDelay(true);
  }

  async read(): Promise<Uint8Array | null> {
    const size = await this.#conn.read(this.#buffer);
    return size === null ? null : this.#buffer.subarray(0, size);
  }

  async write(bytes: Uint8Array): Promise<void> {
    let done = await this.#conn.write(bytes);
    while (done < bytes.length) done += await this.#conn.write(bytes.subarray(done));
  }

  /** Closes the connection. */
  close(): void {
    this.#conn.close();
  }
}
