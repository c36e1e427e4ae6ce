/**
 * The port for clients alone: the protocol from the first byte, over TCP or TLS.
 *
 * @module
 */

import { type Clock, TcpTransport, type Transport, TransportError } from "@tun/protocol";
import type { Handshakes } from "../admission/handshakes.ts";
import { accepted } from "./http_ingress.ts";

/** Every record of a handshake starts with a byte of this or more; HTTP with a letter. */
const FIRST_HANDSHAKE_BYTE = 0xf0;

/** A connection that says nothing is closed after this time. */
const SILENCE_MS = 10_000;

const NOT_HERE = new TextEncoder().encode(
  "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
);

/** Accepts clients. */
export class TunnelIngress {
  readonly #clock: Clock;
  readonly #handshakes: Handshakes;
  readonly #onTunnel: (transport: Transport, leading: Uint8Array) => void;

  /** Hands every client's connection to `onTunnel`, with what it said first. */
  constructor(
    clock: Clock,
    handshakes: Handshakes,
    onTunnel: (transport: Transport, leading: Uint8Array) => void,
  ) {
    this.#clock = clock;
    this.#handshakes = handshakes;
    this.#onTunnel = onTunnel;
  }

  /** Accepts connections until the listener is closed. */
  async listen(listener: Deno.Listener): Promise<void> {
    for await (const conn of accepted(listener, this.#clock)) this.#greet(new TcpTransport(conn));
  }

  async #greet(transport: TcpTransport): Promise<void> {
    using seat = this.#handshakes.begin(transport);
    if (seat === undefined) return;
    const timer = this.#clock.schedule(SILENCE_MS, () => transport.close());
    try {
      const leading = await transport.read();
      if (leading === null) return transport.close();
      if (leading[0]! >= FIRST_HANDSHAKE_BYTE) return this.#onTunnel(transport, leading);
      if (isHttp(leading[0]!)) await transport.write(NOT_HERE);
      transport.close();
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      transport.close();
    } finally {
      timer.cancel();
    }
  }
}

function isHttp(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}
