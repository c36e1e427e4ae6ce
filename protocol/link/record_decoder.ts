/**
 * Takes a transport's bytes apart into records, however they are cut.
 *
 * DATA is handed on piece by piece as views of the input, because a link counts
 * bytes and not records; everything else is small and handed on whole. A record
 * is refused as soon as its header is in, before anything of it is kept.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { RECORD_HEADER_BYTES, recordLengths, RecordType } from "./record.ts";

/** What becomes of the records. The arrays are only valid during the call. */
export interface RecordSink {
  /** A piece of a DATA record's payload; not empty. */
  onData(piece: Uint8Array): void;
  /** Any other record, whole. Returning `false` stops the decoding behind it. */
  onRecord(type: number, payload: Uint8Array): boolean;
}

const NOTHING = new Uint8Array(0);

/** An incremental decoder of link records. */
export class RecordDecoder {
  readonly #sink: RecordSink;
  readonly #header = new Uint8Array(RECORD_HEADER_BYTES);
  #headerFill = 0;
  #type = 0;
  /** Bytes of the present record's payload still to come. */
  #missing = 0;
  #payload: Uint8Array = NOTHING;
  #payloadFill = 0;

  /** Makes a decoder at the border of a record. */
  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** Bytes kept of a record that is not complete. */
  get held(): number {
    return this.#headerFill + this.#payloadFill;
  }

  /**
   * Takes the next bytes. Returns how many were used: all of them, unless the
   * sink stopped the decoding.
   *
   * @throws {ProtocolError} `bad_record`, on a type or length that cannot be.
   */
  push(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      if (this.#missing === 0) {
        at = this.#takeHeader(bytes, at);
        if (this.#headerFill < RECORD_HEADER_BYTES) break;
        this.#begin();
      }
      const end = Math.min(bytes.length, at + this.#missing);
      const piece = bytes.subarray(at, end);
      at = end;
      if (this.#type === RecordType.data) {
        this.#missing -= piece.length;
        if (this.#missing === 0) this.#headerFill = 0;
        if (piece.length > 0) this.#sink.onData(piece);
      } else if (!this.#collect(piece)) {
        break;
      }
    }
    return at;
  }

  #takeHeader(bytes: Uint8Array, at: number): number {
    while (this.#headerFill < RECORD_HEADER_BYTES && at < bytes.length) {
      this.#header[this.#headerFill++] = bytes[at++]!;
      // The type alone can already be wrong, and then nobody waits for the rest.
      if (this.#headerFill === 1) this.#lengths();
    }
    return at;
  }

  #lengths(): readonly [number, number] {
    const type = this.#header[0]!;
    const lengths = recordLengths(type);
    if (lengths === undefined) {
      throw new ProtocolError("bad_record", `Cannot read a record of type ${type}`);
    }
    return lengths;
  }

  #begin(): void {
    const [least, most] = this.#lengths();
    const length = this.#header[1]! << 16 | this.#header[2]! << 8 | this.#header[3]!;
    this.#type = this.#header[0]!;
    if (length < least || length > most) {
      throw new ProtocolError(
        "bad_record",
        `Cannot read a record of type ${this.#type} with ${length} bytes`,
      );
    }
    this.#missing = length;
    this.#payloadFill = 0;
  }

  /** Adds to a record that is handed on whole; false when the sink said stop. */
  #collect(piece: Uint8Array): boolean {
    const whole = piece.length === this.#missing && this.#payloadFill === 0;
    if (!whole) {
      if (this.#payload.length < this.#payloadFill + this.#missing) {
        const larger = new Uint8Array(this.#payloadFill + this.#missing);
        larger.set(this.#payload.subarray(0, this.#payloadFill));
        this.#payload = larger;
      }
      this.#payload.set(piece, this.#payloadFill);
      this.#payloadFill += piece.length;
    }
    this.#missing -= piece.length;
    if (this.#missing > 0) return true;
    const payload = whole ? piece : this.#payload.subarray(0, this.#payloadFill);
    this.#headerFill = 0;
    this.#payloadFill = 0;
    // Handshakes are rare and up to 16 KiB: an idle link keeps nothing of them.
    this.#payload = NOTHING;
    return this.#sink.onRecord(this.#type, payload);
  }
}
