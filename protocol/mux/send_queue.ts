/**
 * What one stream has to send: bytes by reference, in order, and how it ends.
 *
 * @module
 */

import { MAX_DATA_BYTES } from "../limits.ts";
import { FIN, FRAME_HEADER_BYTES, FrameType, writeFrameHeader } from "./frame.ts";
import type { SendWindow } from "./flow_control.ts";
import type { StreamName } from "./outbound.ts";

const NOTHING = new Uint8Array(0);

/** Bytes that wait for credit and for their turn. */
export class SendQueue {
  readonly window: SendWindow;
  /** Made with the first of them: most streams never have any. */
  #chunks: Uint8Array[] | undefined;
  #first = 0;
  /** How much of the first chunk has left. */
  #offset = 0;
  #bytes = 0;
  #ending: "no" | "fin" | "trailers" = "no";

  /** Makes an empty queue that spends from `window`. */
  constructor(window: SendWindow) {
    this.window = window;
  }

  /** Bytes that have not left. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes, or an end, that could leave now. */
  get sendable(): number {
    if (this.#bytes === 0) return this.#ending === "fin" ? FRAME_HEADER_BYTES : 0;
    const bytes = Math.min(this.#bytes, this.window.available);
    return bytes + Math.ceil(bytes / MAX_DATA_BYTES) * FRAME_HEADER_BYTES;
  }

  /** Appends bytes, which must not change until they have left. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    (this.#chunks ??= []).push(chunk);
    this.#bytes += chunk.length;
  }

  /** Nothing will follow but, perhaps, trailers. */
  end(withTrailers: boolean): void {
    this.#ending = withTrailers ? "trailers" : "fin";
  }

  /** True if the end is what comes next, and nothing before it. */
  get isAtFin(): boolean {
    return this.#ending === "fin" && this.#bytes === 0;
  }

  /** True if TRAILERS are what comes next. */
  get isAtTrailers(): boolean {
    return this.#ending === "trailers" && this.#bytes === 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunks = undefined;
    this.#first = this.#offset = this.#bytes = 0;
    this.#ending = "no";
  }

  /**
   * Writes one DATA frame of at most `most` bytes of payload at `at`, into room
   * that has place for its header and more. Returns where it ends, and says
   * whether it was the last.
   */
  write(into: Uint8Array, at: number, most: number, name: StreamName): WrittenData {
    const room = into.length - at - FRAME_HEADER_BYTES;
    const length = Math.min(this.#bytes, this.window.available, most, room, MAX_DATA_BYTES);
    const fin = this.#ending === "fin" && length === this.#bytes;
    at = writeFrameHeader(
      into,
      at,
      length,
      FrameType.data,
      fin ? FIN : 0,
      name.slot,
      name.generation,
    );
    this.window.take(length);
    this.#copy(into, at, length);
    if (fin) this.#ending = "no";
    return { end: at + length, fin };
  }

  #copy(into: Uint8Array, at: number, length: number): void {
    this.#bytes -= length;
    while (length > 0) {
      const chunk = this.#chunks![this.#first]!;
      const piece = chunk.subarray(this.#offset, this.#offset + length);
      into.set(piece, at);
      at += piece.length;
      length -= piece.length;
      this.#offset += piece.length;
      if (this.#offset === chunk.length) this.#drop();
    }
  }

  #drop(): void {
    const chunks = this.#chunks!;
    this.#offset = 0;
    chunks[this.#first++] = NOTHING;
    if (this.#first === chunks.length) {
      chunks.length = this.#first = 0;
    } else if (this.#first >= 64) {
      this.#chunks = chunks.slice(this.#first);
      this.#first = 0;
    }
  }
}

/** What {@linkcode SendQueue.write} did. */
export interface WrittenData {
  /** Where the frame ends. */
  readonly end: number;
  /** Whether it ended the stream's direction. */
  readonly fin: boolean;
}
