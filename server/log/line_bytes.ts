/**
 * Puts a line of the log together, byte by byte, in memory that is used again for the next
 * one. As text, a line of 300 characters is some thirty objects, which all live until the
 * line is written: a tenth of what a small request cost (`../ingress/http_ingress_bench.ts`).
 *
 * @module
 */

/** Most lines need no more. */
const FIRST_CAPACITY = 1024;

/** 1 for what stands for itself in a JSON text and on a terminal. */
const PLAIN = Uint8Array.from(
  { length: 128 },
  (_, code) => Number(code >= 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c),
);

/** One line after the other. */
export class LineBytes {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  /** What was appended since the last time; good until something is appended again. */
  take(): Uint8Array {
    const line = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return line;
  }

  /** Appends text that has only ASCII. */
  append(text: string): void {
    const { length } = text;
    const bytes = this.#withRoom(length);
    const start = this.#length;
    for (let i = 0; i < length; i++) bytes[start + i] = text.charCodeAt(i);
    this.#length = start + length;
  }

  /** Appends text as long as it needs no escapes: false, and nothing is appended, if it does. */
  appendPlain(text: string): boolean {
    const { length } = text;
    const bytes = this.#withRoom(length);
    const start = this.#length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (PLAIN[code] !== 1) return false;
      bytes[start + i] = code;
    }
    this.#length = start + length;
    return true;
  }

  #withRoom(more: number): Uint8Array {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return this.#bytes;
    const larger = new Uint8Array(2 * needed);
    larger.set(this.#bytes.subarray(0, this.#length));
    return this.#bytes = larger;
  }
}
