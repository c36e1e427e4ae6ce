/**
 * TLS to an app whose certificate nobody vouches for, for `--insecure`.
 *
 * `Deno.connectTls` can leave out the check of the name, but not of the certificate, and the flag
 * that can is for the whole process, so also for the server. Node's client can, for one connection.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";

/** Bytes that may wait here before the app is told to pause. */
const HIGH_WATER_BYTES = 64 * 1024;

/** Connects without looking at the certificate. */
export async function connectInsecurely(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<Deno.Conn> {
  signal.throwIfAborted();
  const options: ConnectionOptions & { readonly allowHalfOpen: boolean } = {
    host: hostname,
    port,
    rejectUnauthorized: false,
    allowHalfOpen: true,
    ALPNProtocols: ["http/1.1"],
  };
  const socket = connect(options);
  const onAbort = () => socket.destroy(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
    });
  } catch (error) {
    socket.destroy();
    throw platformError(error);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  return new NodeConn(socket, { transport: "tcp", hostname, port });
}

/** Node names errors by code, Deno by class. */
function platformError(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (error.code === "ECONNREFUSED") return new Deno.errors.ConnectionRefused(error.message);
  if (error.code === "ENOTFOUND") return new Deno.errors.NotFound(error.message);
  return error;
}

/** A socket of Node with the face of a connection of Deno. */
class NodeConn implements Deno.Conn {
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  readonly #socket: TLSSocket;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isEnded = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: TLSSocket, address: Deno.NetAddr) {
    this.#socket = socket;
    this.localAddr = this.remoteAddr = address;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error: Error) => this.#onEnd(error));
    socket.on("close", () => this.#onEnd());
  }

  #onData(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= HIGH_WATER_BYTES) this.#socket.pause();
    this.#wake?.();
  }

  #onEnd(error?: Error): void {
    this.#isEnded = true;
    this.#error ??= error;
    this.#wake?.();
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#isEnded) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
    const chunk = this.#chunks[0]!;
    const piece = chunk.subarray(0, buffer.length);
    buffer.set(piece);
    if (piece.length === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(piece.length);
    this.#bytes -= piece.length;
    if (this.#bytes < HIGH_WATER_BYTES && this.#socket.isPaused()) this.#socket.resume();
    return piece.length;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(resolve));
  }

  close(): void {
    this.#isEnded = true;
    this.#socket.destroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    throw new TypeError("Cannot give a stream as only read() is supported");
  }

  get writable(): WritableStream<Uint8Array<ArrayBufferLike>> {
    throw new TypeError("Cannot give a stream as only write() is supported");
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
