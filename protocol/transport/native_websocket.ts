/**
 * The platform's `WebSocket` as a {@linkcode Transport}: what a client always
 * has, and all that a server has where it cannot listen itself (Deno Deploy).
 *
 * Two things it cannot do, whatever is written around it. It reads without
 * being asked, so messages queue here until they are read: the layer above has
 * to bound what its peer may send. And `close()` asks the peer to close as
 * well, so against a peer that is gone the platform keeps the socket until the
 * network gives up.
 *
 * @module
 */

import { type Clock, systemClock, type Timer } from "../clock.ts";
import { MAX_MESSAGE_BYTES } from "../websocket/frame.ts";
import { type Transport, TransportError } from "./transport.ts";
import { errorOfClose } from "./websocket_end.ts";

/** What the socket itself does not say. */
export interface NativeWebSocketOptions {
  /** Whether nobody on the way can read along; whether its URL is `wss:` without. */
  readonly secure?: boolean;
  /** The other end; the host of the URL without. */
  readonly peer?: string;
  /** Time for the polls while a write waits; the platform's without. */
  readonly clock?: Clock;
}

/**
 * Bytes that may wait in the platform before a write waits as well. Less than
 * a busy link has in flight would cost speed; more costs memory and makes
 * small frames wait behind large ones.
 */
const HIGH_WATER_BYTES = 1024 * 1024;

/**
 * There is no event for "drained", so a waiting write asks again: soon at
 * first, since a fast network empties the buffer in a few milliseconds, then
 * at most this often.
 */
const FIRST_POLL_MS = 1;
const LAST_POLL_MS = 16;

/** Carries a session over a `WebSocket` that is open. */
export class NativeWebSocketTransport implements Transport {
  readonly kind = "websocket";
  readonly secure: boolean;
  readonly peer: string;
  /** Resolves once the platform has let go of the socket, some time after a `close()`. */
  readonly closed: Promise<void>;

  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #listeners = new AbortController();

  #queue: Uint8Array[] = [];
  #queueStart = 0;
  #queuedBytes = 0;
  #reader: PromiseWithResolvers<Uint8Array | null> | null = null;

  /** Set once nothing more will arrive: the end in order, or a failure. */
  #end: { readonly error: TransportError | null } | null = null;
  #ended = false;

  #writing: Promise<void> | null = null;
  #waiting: { readonly timer: Timer; readonly resume: () => void } | null = null;

  /** Takes over `socket`, which has to be open; nobody else may use it. */
  constructor(socket: WebSocket, options: NativeWebSocketOptions = {}) {
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#clock = options.clock ?? systemClock;
    const url = URL.canParse(socket.url) ? new URL(socket.url) : null;
    this.secure = options.secure ?? url?.protocol === "wss:";
    this.peer = options.peer ?? url?.host ?? "";

    this.closed = new Promise((resolve) => {
      if (socket.readyState === WebSocket.CLOSED) resolve();
      else socket.addEventListener("close", () => resolve(), { once: true });
    });
    const { signal } = this.#listeners;
    socket.addEventListener("message", (event) => this.#receive(event.data), { signal });
    socket.addEventListener("error", () => this.#finish(lost()), { signal });
    socket.addEventListener("close", (event) => {
      this.#finish(event.wasClean ? errorOfClose(event.code, event.reason) : lost());
    }, { signal });
    if (socket.readyState !== WebSocket.OPEN) this.#finish(lost());
  }

  /** Bytes that have arrived and were not read yet. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  #receive(data: unknown): void {
    if (this.#end !== null) return;
    if (!(data instanceof ArrayBuffer)) {
      return this.#refuse(1003, "The peer sent a text message");
    }
    if (data.byteLength > MAX_MESSAGE_BYTES) {
      return this.#refuse(1009, `The peer sent a message of ${data.byteLength} bytes`);
    }
    if (data.byteLength === 0) return;
    const bytes = new Uint8Array(data);
    if (this.#reader !== null) {
      const reader = this.#reader;
      this.#reader = null;
      reader.resolve(bytes);
    } else {
      this.#queue.push(bytes);
      this.#queuedBytes += bytes.length;
    }
  }

  #refuse(closeCode: number, message: string): void {
    this.#finish(new TransportError("carrier_violation", message));
    closeSocket(this.#socket, closeCode);
  }

  /** Nothing more arrives; what is queued can still be read, a write cannot go on. */
  #finish(error: TransportError | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    this.#listeners.abort();
    this.#wake();
    const reader = this.#reader;
    this.#reader = null;
    if (error === null) reader?.resolve(null);
    else reader?.reject(error);
  }

  read(): Promise<Uint8Array | null> {
    const bytes = this.#queue[this.#queueStart];
    if (bytes !== undefined) {
      this.#queueStart++;
      this.#queuedBytes -= bytes.length;
      // Slots are cut off in bulk: a shift for every message would move the rest each time.
      if (this.#queueStart === this.#queue.length) {
        this.#queue = [];
        this.#queueStart = 0;
      } else if (this.#queueStart === 1024) {
        this.#queue.splice(0, this.#queueStart);
        this.#queueStart = 0;
      }
      return Promise.resolve(bytes);
    }
    if (this.#end !== null) {
      return this.#end.error === null ? Promise.resolve(null) : Promise.reject(this.#end.error);
    }
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#writing = this.#writeMessages(bytes);
  }

  async #writeMessages(bytes: Uint8Array): Promise<void> {
    this.#checkWritable();
    for (let at = 0; at < bytes.length; at += MAX_MESSAGE_BYTES) {
      // The platform copies, so `bytes` is free again at once.
      this.#socket.send(bytes.subarray(at, at + MAX_MESSAGE_BYTES) as Uint8Array<ArrayBuffer>);
      let pause = FIRST_POLL_MS;
      while (this.#socket.bufferedAmount > HIGH_WATER_BYTES) {
        await this.#wait(pause);
        this.#checkWritable();
        pause = Math.min(pause * 2, LAST_POLL_MS);
      }
    }
  }

  #checkWritable(): void {
    if (this.#end?.error) throw this.#end.error;
    if (this.#end !== null || this.#ended || this.#socket.readyState !== WebSocket.OPEN) {
      throw lost();
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { timer: this.#clock.schedule(ms, () => this.#wake()), resume: resolve };
    });
  }

  #wake(): void {
    this.#waiting?.timer.cancel();
    this.#waiting?.resume();
    this.#waiting = null;
  }

  async closeWrite(): Promise<void> {
    await this.#writing?.catch(() => {});
    if (this.#end?.error) throw this.#end.error;
    this.#ended = true;
    closeSocket(this.#socket, 1000);
  }

  close(): void {
    this.#queue = [];
    this.#queueStart = 0;
    this.#queuedBytes = 0;
    const closed = new TransportError("closed_locally", "The transport was closed on this side");
    this.#finish(closed);
    this.#end = { error: closed };
    closeSocket(this.#socket, 1000);
  }

  /** The same as `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function lost(): TransportError {
  return new TransportError("connection_lost", "The WebSocket connection is gone");
}

/** A page may only close with 1000 or from 3000 on, and Deno holds every program to that. */
function closeSocket(socket: WebSocket, code: number): void {
  try {
    socket.close(code);
  } catch {
    socket.close();
  }
}
