/**
 * Bytes that are appended and read again from any offset.
 *
 * @module
 */

/** A growing sequence of bytes. */
export class ByteLog {
  #bytes = new Uint8Array(1024);
  #length = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds bytes. */
  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = length;
  }

  /** A view of some of them, valid until more are added. */
  slice(from: number = 0, to: number = this.#length): Uint8Array {
    return this.#bytes.subarray(from, Math.min(to, this.#length));
  }
}
