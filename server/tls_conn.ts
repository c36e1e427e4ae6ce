/**
 * The server's end of a TLS connection over a socket of `node:tls`, in the shape of `Deno.Conn`.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/**
 * What may wait here to be read before no more is taken from the network: a few records, so that a
 * busy connection is not stopped for every one, times all the connections there may be.
 */
const HIGH_WATER_BYTES = 64 * 1024;

/** What the last record of a connection may take to go out, if the peer does not read. */
const LAST_RECORD_MS = 1000;

/**
 * What turns the reading of a socket off and on. `pause()` of a TLS socket does not: the platform
 * goes on reading and decrypting, and a peer could fill the memory.
 */
interface ReadSwitch {
  readStop(): void;
  readStart(): void;
}

interface Reader {
  readonly into: Uint8Array;
  readonly resolve: (size: number | null) => void;
  readonly reject: (error: Error) => void;
}

/** A connection; its handshake goes on while the first read waits. */
export class TlsServerConn implements Deno.Conn {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  /** Resolves once the system has let go of the connection, some time after a `close()`. */
  readonly gone: Promise<void>;
  readonly #socket: TLSSocket;
  readonly #reading: ReadSwitch;
  readonly #secured = Promise.withResolvers<{ alpnProtocol: string | null }>();
  #queue: Uint8Array[] = [];
  #isFull = false;
  #queuedBytes = 0;
  #reader: Reader | undefined;
  #end: "open" | "ended" | Error = "open";
  #writes = 0;
  #isClosed = false;

  /** Takes over `socket`, which is over `tcp`. */
  constructor(socket: TLSSocket, tcp: Socket, localAddr: Deno.NetAddr) {
    this.#socket = socket;
    this.#reading = (tcp as unknown as { readonly _handle: ReadSwitch })._handle;
    this.localAddr = localAddr;
    const { remoteAddress = "", remotePort = 0 } = socket;
    this.remoteAddr = { transport: "tcp", hostname: remoteAddress, port: remotePort };
    this.gone = new Promise((resolve) => socket.once("close", () => resolve()));
    this.#secured.promise.catch(() => {});
    socket.on("secure", () => {
      this.#secured.resolve({ alpnProtocol: socket.alpnProtocol || null });
    });
    socket.on("data", (bytes: Uint8Array) => this.#receive(bytes));
    socket.on("end", () => this.#finish("ended"));
    socket.on("error", (cause) => this.#finish(broken(cause)));
    socket.on("close", () => this.#finish(broken()));
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      const size = Math.min(bytes.length, reader.into.length);
      reader.into.set(size === bytes.length ? bytes : bytes.subarray(0, size));
      reader.resolve(size);
      if (size === bytes.length) return;
      bytes = bytes.subarray(size);
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#isFull || this.#queuedBytes < HIGH_WATER_BYTES) return;
    this.#isFull = true;
    this.#reading.readStop();
  }

  #finish(end: "ended" | Error): void {
    if (this.#end !== "open") return;
    this.#end = end;
    const reader = this.#reader;
    this.#reader = undefined;
    if (end === "ended") reader?.resolve(null);
    else {
      this.#secured.reject(end);
      reader?.reject(end);
    }
  }

  /** Resolves when the handshake is done; nobody has to wait for that. */
  handshake(): Promise<{ alpnProtocol: string | null }> {
    return this.#secured.promise;
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#isClosed) return Promise.reject(closedHere());
    if (this.#queuedBytes > 0) return Promise.resolve(this.#take(into));
    if (this.#end === "ended") return Promise.resolve(null);
    if (this.#end !== "open") return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#reader = { into, resolve, reject };
    });
  }

  #take(into: Uint8Array): number {
    let size = 0;
    let taken = 0;
    while (taken < this.#queue.length && size < into.length) {
      const bytes = this.#queue[taken]!;
      const part = bytes.subarray(0, into.length - size);
      into.set(part, size);
      size += part.length;
      if (part.length === bytes.length) taken++;
      else this.#queue[taken] = bytes.subarray(part.length);
    }
    this.#queue.splice(0, taken);
    this.#queuedBytes -= size;
    if (this.#isFull && this.#queuedBytes === 0) {
      this.#isFull = false;
      if (this.#end === "open") this.#reading.readStart();
    }
    return size;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#isClosed) return Promise.reject(closedHere());
    return new Promise((resolve, reject) => {
      this.#writes++;
      this.#socket.write(bytes, (error) => {
        this.#writes--;
        if (error) reject(broken(error));
        else resolve(bytes.length);
      });
    });
  }

  closeWrite(): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedHere());
    return new Promise((resolve, reject) => {
      this.#socket.once("close", () => reject(broken()));
      this.#socket.end(resolve);
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#finish(closedHere());
    const socket = this.#socket;
    // What was not taken so far never will be; and a peer that broke off gets no farewell.
    if (this.#writes > 0 || socket.destroyed) return void socket.destroy();
    const timer = setTimeout(() => socket.destroy(), LAST_RECORD_MS);
    socket.once("close", () => clearTimeout(timer));
    socket.end(() => socket.destroy());
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Not for the server, which reads and writes; a stream would have to be torn off the socket. */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    throw new TypeError("Not supported");
  }

  /** As `readable`. */
  get writable(): WritableStream<Uint8Array<ArrayBufferLike>> {
    throw new TypeError("Not supported");
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function broken(cause?: unknown): Error {
  return new Deno.errors.ConnectionReset("The connection broke", { cause });
}

function closedHere(): Error {
  return new Deno.errors.BadResource("The connection is closed");
}
