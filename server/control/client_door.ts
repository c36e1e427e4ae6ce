/**
 * Where connections come that want to become clients, whichever port they came to.
 *
 * @module
 */

import type { SessionHost, Transport } from "@tun/protocol";
import type { Handshakes } from "../admission/handshakes.ts";
import { logFault } from "../log/fault.ts";
import type { Log } from "../log/log.ts";

/** Lets clients in. */
export class ClientDoor {
  readonly #host: SessionHost<unknown>;
  readonly #handshakes: Handshakes;
  readonly #log: Log;

  /** Lets them in to `host`, as far as there is room for handshakes. */
  constructor(host: SessionHost<unknown>, handshakes: Handshakes, log: Log) {
    this.#host = host;
    this.#handshakes = handshakes;
    this.#log = log;
  }

  /** Takes a connection with what it has said already. */
  async enter(transport: Transport, leading: Uint8Array): Promise<void> {
    using seat = this.#handshakes.begin(transport);
    if (seat === undefined) return;
    try {
      const accepted = await this.#host.accept(transport, leading);
      if (accepted.kind !== "refused") return;
      const { code, reason = "" } = accepted;
      this.#log.event("client_refused", { client: transport.peer, code, reason });
    } catch (error) {
      logFault(this.#log, error);
    }
  }
}
