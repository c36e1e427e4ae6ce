/**
 * The least client that passes `deno task conformance --client`, on
 * {@linkcode ClientSession}: it claims a tunnel and sends back what it gets.
 *
 * @module
 */

import {
  ClientSession,
  HandshakeFailed,
  HandshakeRefused,
  type HttpOpen,
  newNonce,
  type SessionClosed,
  type SessionUser,
  systemClock,
  type Transport,
  TransportError,
  type TunnelStream,
} from "@tun/protocol";
import { sleep } from "../../protocol/clock.ts";
import { connectTcp } from "../../protocol/transport/connect_tcp.ts";

/** Where to connect, and as whom. */
export interface ReferenceClientOptions {
  readonly hostname: string;
  readonly port: number;
  readonly token: string;
  /** Stops the client. */
  readonly signal?: AbortSignal;
}

/** Between two attempts that came to nothing. */
const RETRY_MS = 50;

/** Runs until the server closes in peace or refuses for good; returns the exit code. */
export async function runReferenceClient(options: ReferenceClientOptions): Promise<number> {
  const client = new ReferenceClient(options);
  try {
    return await client.run();
  } catch (error) {
    if (options.signal?.aborted) return 130;
    throw error;
  } finally {
    client.stop();
  }
}

class ReferenceClient {
  readonly #options: ReferenceClientOptions;
  #client: ClientSession | undefined;
  #isResuming = false;

  constructor(options: ReferenceClientOptions) {
    this.#options = options;
    options.signal?.addEventListener("abort", () => this.stop(), { once: true });
  }

  stop(): void {
    this.#client?.session.close();
  }

  async run(): Promise<number> {
    let nonce = newNonce();
    for (;;) {
      let closed: SessionClosed;
      try {
        this.#client = await this.#start(nonce);
        nonce = newNonce();
        closed = await this.#client.session.closed;
      } catch (error) {
        if (error instanceof HandshakeRefused && error.final) return 1;
        const wait = error instanceof HandshakeRefused ? error.retryAfterMs : 0;
        if (!isTransient(error)) throw error;
        await sleep(systemClock, Math.max(RETRY_MS, wait), this.#options.signal);
        continue;
      }
      this.#options.signal?.throwIfAborted();
      if (closed.code === "normal" && closed.origin === "remote") return 0;
    }
  }

  async #start(nonce: string): Promise<ClientSession> {
    const { token, signal } = this.#options;
    const client = await ClientSession.start(
      await this.#connect(),
      { agent: "tun-reference/1", token, nonce, user: this.#user() },
      { signal },
    );
    client.session.sendControl({
      type: "claim",
      tunnel: 1,
      kind: "http",
      mode: "claim",
      name: "conformance",
    });
    return client;
  }

  async #connect(): Promise<Transport> {
    const { hostname, port, signal } = this.#options;
    return await connectTcp(hostname, port, signal && { signal });
  }

  #user(): SessionUser {
    return {
      onStream: (stream) => void echo(stream),
      onControl: () => {},
      onResumed: () => {},
      onPaused: () => void this.#resume(),
    };
  }

  async #resume(): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#isResuming) return;
    this.#isResuming = true;
    const { session } = client;
    while (session.state === "paused" && !this.#options.signal?.aborted) {
      let transport: Transport | undefined;
      try {
        transport = await this.#connect();
        await client.resume(transport, { signal: this.#options.signal });
      } catch (error) {
        transport?.close();
        if (error instanceof HandshakeRefused && error.final) session.close("internal");
        else await sleep(systemClock, RETRY_MS, this.#options.signal).catch(() => {});
      }
    }
    this.#isResuming = false;
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof HandshakeRefused || error instanceof HandshakeFailed ||
    error instanceof TransportError;
}

/** Answers with what was asked, and the body and trailers that came. */
async function echo(stream: TunnelStream): Promise<void> {
  try {
    const { method, target } = stream.head as HttpOpen;
    const lines = `X-Method: ${method}\r\nX-Target: ${target}\r\n`;
    const headers = Uint8Array.from(lines, (character) => character.charCodeAt(0));
    await stream.respond({ status: 200, minorVersion: 1, reason: "OK", headers });
    for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
      await stream.write(piece);
    }
    await stream.end(stream.trailers);
  } catch {
    // The stream was reset, or the session is over: there is nobody to tell.
  }
}

if (import.meta.main) {
  const { hostname, port } = new URL(Deno.env.get("TUN_ENDPOINT")!.replace(/^tcp:/, "http:"));
  const token = Deno.env.get("TUN_TOKEN") ?? "";
  Deno.exit(await runReferenceClient({ hostname, port: Number(port), token }));
}
