/**
 * Either end of a WebSocket as a {@linkcode Transport}, framed by us.
 *
 * The platform's own server reads without limit and lets one unfinished message
 * fill the memory, and its client sends on a socket that waits for
 * acknowledgements. Here a peer is read only as fast as the layer above reads,
 * nothing but one read buffer is held for it, and a message is one write.
 *
 * @module
 */

import { FrameDecoder } from "../websocket/frame_decoder.ts";
import { closePayload, encodeFrame } from "../websocket/frame_encoder.ts";
import {
  MAX_CONTROL_PAYLOAD_BYTES,
  MAX_HEADER_BYTES,
  Opcode,
  type WebSocketRole,
} from "../websocket/frame.ts";
import { MaskKeys } from "../websocket/mask_keys.ts";
import { WebSocketViolation } from "../websocket/violation.ts";
import { borrowBuffer, BUFFER_SIZES, returnBuffer } from "./buffer_pool.ts";
import { type Transport, TransportError } from "./transport.ts";
import { errorOfClose } from "./websocket_end.ts";

/**
 * A payload is copied behind its header, since a header that travels alone costs
 * a system call, a packet, and a read of 14 bytes that makes the reader think it
 * is idle. A write that does not fit a buffer of the pool becomes several messages.
 */
const MAX_PAYLOAD_BYTES = BUFFER_SIZES.at(-1)! - MAX_HEADER_BYTES;

const maskKeys = new MaskKeys();

/**
 * Carries a session in the binary messages of a WebSocket, over a connection
 * whose handshake is done.
 *
 * A WebSocket has no half-close. `closeWrite()` sends a Close frame after the
 * data; the peer answers with its own, and what it had sent before still
 * arrives. From then on neither side can write.
 */
export class WebSocketTransport implements Transport {
  readonly kind = "websocket";
  readonly secure: boolean;
  readonly peer: string;

  readonly #inner: Transport;
  readonly #role: WebSocketRole;
  readonly #decoder: FrameDecoder;

  /** Set for good once nothing more can be read: the end in order, or a failure. */
  #readEnd: { readonly error: TransportError | null } | null = null;

  #writing: Promise<void> | null = null;
  /** True while a data frame is on its way; nothing may come between its parts. */
  #inFrame = false;
  /** The control frames on their way, which the next data frame waits for. */
  #control: Promise<void> | null = null;
  #controlFailure: unknown = null;
  /** A data frame waits its turn: without it a flood of pings would never let one pass. */
  #writerWaits = false;

  /** The newest ping's payload: the RFC lets us answer only that one, so a flood costs nothing. */
  #pong: Uint8Array | null = null;
  #pongBytes = -1;

  /** The Close frame is `due`, then `sent`; after `due` no data goes out. */
  #close: { state: "open" } | { state: "due"; payload: Uint8Array } | { state: "sent" } = {
    state: "open",
  };

  /** Takes over `inner`, which carries the frames, also those that came with the handshake. */
  constructor(inner: Transport, role: WebSocketRole) {
    this.#inner = inner;
    this.#role = role;
    this.#decoder = new FrameDecoder({ role });
    this.secure = inner.secure;
    this.peer = inner.peer;
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#readEnd !== null) {
        if (this.#readEnd.error !== null) throw this.#readEnd.error;
        return null;
      }
      const piece = this.#decode();
      if (piece !== null) return piece;
      if (this.#readEnd !== null) continue;

      const bytes = await this.#inner.read();
      if (bytes !== null) this.#decoder.push(bytes);
      else this.#endReading(new TransportError("connection_lost", "The end came without a Close"));
    }
  }

  /** The next payload bytes of what is here, with the control frames before it dealt with. */
  #decode(): Uint8Array | null {
    try {
      for (let event = this.#decoder.next(); event !== null; event = this.#decoder.next()) {
        switch (event.kind) {
          case "data":
            return event.bytes;
          case "ping":
            this.#keepPong(event.payload);
            break;
          case "close":
            this.#endReading(errorOfClose(event.code, event.reason));
            this.#sendClose(closePayload(1000));
            break;
        }
      }
    } catch (error) {
      if (!(error instanceof WebSocketViolation)) throw error;
      const { message, closeCode } = error;
      this.#endReading(new TransportError("carrier_violation", message, { cause: error }));
      this.#sendClose(closePayload(closeCode));
    }
    return null;
  }

  #endReading(error: TransportError | null): void {
    this.#readEnd ??= { error };
  }

  #keepPong(payload: Uint8Array): void {
    this.#pong ??= new Uint8Array(MAX_HEADER_BYTES + MAX_CONTROL_PAYLOAD_BYTES);
    this.#pong.set(payload, MAX_HEADER_BYTES);
    this.#pongBytes = payload.length;
    this.#sendControlSoon();
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#writing = this.#writeMessages(bytes);
  }

  async #writeMessages(bytes: Uint8Array): Promise<void> {
    // Only what the transport below says about an empty write can be said about ours.
    if (bytes.length === 0) return await this.#inner.write(bytes);
    for (let at = 0; at < bytes.length; at += MAX_PAYLOAD_BYTES) {
      if (this.#control !== null) {
        this.#writerWaits = true;
        await this.#control;
        this.#writerWaits = false;
      }
      if (this.#close.state !== "open") throw this.#writeEnd();
      const payload = bytes.subarray(at, at + MAX_PAYLOAD_BYTES);
      const scratch = borrowBuffer(bufferSizeFor(MAX_HEADER_BYTES + payload.length));
      this.#inFrame = true;
      try {
        await this.#inner.write(this.#frame(scratch, Opcode.binary, payload));
        // Not after a failure: a write that was cut short may still be using it.
        returnBuffer(scratch);
      } finally {
        this.#inFrame = false;
        this.#sendControlSoon();
      }
    }
  }

  /** A whole frame at the start of `target`, masked if we are the client. */
  #frame(target: Uint8Array, opcode: Opcode, payload: Uint8Array): Uint8Array {
    const mask = this.#role === "client" ? maskKeys.next() : undefined;
    return target.subarray(0, encodeFrame(target, opcode, payload, mask));
  }

  #writeEnd(): TransportError {
    return this.#readEnd?.error ??
      new TransportError("connection_lost", "The WebSocket takes no data after its Close frame");
  }

  async closeWrite(): Promise<void> {
    await this.#writing?.catch(() => {});
    this.#sendClose(closePayload(1000));
    while (this.#control !== null) await this.#control;
    if (this.#controlFailure !== null) throw this.#controlFailure;
  }

  #sendClose(payload: Uint8Array): void {
    if (this.#close.state === "open") this.#close = { state: "due", payload };
    this.#sendControlSoon();
  }

  /** Sends what is due, now or when the data frame on its way is done. */
  #sendControlSoon(): void {
    if (this.#inFrame || this.#writerWaits || this.#control !== null) return;
    if (this.#close.state !== "due" && this.#pongBytes < 0) return;
    this.#control = this.#sendControl().catch((error: unknown) => {
      // The layer above learns of it by its own reads and writes.
      this.#controlFailure = error;
    }).finally(() => {
      this.#control = null;
      this.#sendControlSoon();
    });
  }

  async #sendControl(): Promise<void> {
    do {
      if (this.#close.state === "sent") {
        this.#pongBytes = -1;
        return;
      }
      if (this.#pongBytes >= 0) {
        const frame = new Uint8Array(MAX_HEADER_BYTES + this.#pongBytes);
        const from = MAX_HEADER_BYTES;
        const payload = this.#pong!.subarray(from, from + this.#pongBytes);
        this.#pongBytes = -1;
        await this.#inner.write(this.#frame(frame, Opcode.pong, payload));
        continue;
      }
      if (this.#close.state !== "due") return;
      const frame = new Uint8Array(MAX_HEADER_BYTES + MAX_CONTROL_PAYLOAD_BYTES);
      const { payload } = this.#close;
      this.#close = { state: "sent" };
      await this.#inner.write(this.#frame(frame, Opcode.close, payload));
      // RFC 6455, 7.1.1: once both Close frames have passed, the server ends the connection.
      if (this.#readEnd !== null && this.#role === "server") await this.#inner.closeWrite();
    } while (!this.#writerWaits);
  }

  close(): void {
    this.#inner.close();
  }

  /** The same as `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** The smallest buffer of the pool that holds so much. */
function bufferSizeFor(bytes: number): number {
  return BUFFER_SIZES.find((size) => size >= bytes)!;
}
