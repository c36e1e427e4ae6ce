/**
 * Chunks made one after the other in the same memory: a copy of each piece of a long upload would
 * be garbage as large as the upload.
 *
 * @module
 */

import { CHUNK_ROOM, frameChunk } from "@tun/protocol/http1";

/** Makes the chunks of one body. */
export class ChunkFrame {
  #buffer = new Uint8Array();

  /** A chunk of these bytes, valid until the next one is made. */
  around(piece: Uint8Array): Uint8Array {
    const { before, after } = CHUNK_ROOM;
    const size = before + piece.length + after;
    if (this.#buffer.length < size) this.#buffer = new Uint8Array(size);
    this.#buffer.set(piece, before);
    return frameChunk(this.#buffer, before, before + piece.length);
  }
}
