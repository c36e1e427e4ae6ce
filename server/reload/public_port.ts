/**
 * A port that is listened on, by one listener after the other: a listener keeps its certificate, so
 * a new one with the new certificate takes over on the same port.
 *
 * Connections that are open belong to neither and go on. What the system has taken in for the old
 * listener is accepted before that is closed. Linux resets what arrives in the very moment of the
 * closing, unless `net.ipv4.tcp_migrate_req` is set, which hands it to the new listener.
 *
 * @module
 */

import type { TlsConfig } from "../config.ts";
import type { ListenAddress } from "../listen_address.ts";
import { listen, listenBeside } from "../listen.ts";

/** Turns of the event loop in which the old listener's queue is emptied; one would mostly do. */
const LAST_TURNS = 3;

/** A port. */
export class PublicPort implements Disposable {
  readonly #flag: string;
  #listener: Deno.Listener;
  #accept: (listener: Deno.Listener) => void = () => {};
  #isClosed = false;

  /** Made by {@linkcode PublicPort.open} alone. */
  private constructor(flag: string, listener: Deno.Listener) {
    this.#flag = flag;
    this.#listener = listener;
  }

  /**
   * Listens on an address.
   *
   * @throws {ListenError} If the system refuses.
   */
  static async open(
    flag: string,
    address: ListenAddress,
    tls: TlsConfig | undefined,
  ): Promise<PublicPort> {
    return new PublicPort(flag, await listen(flag, address, tls));
  }

  /** Where it is. */
  get address(): Deno.NetAddr {
    return this.#listener.addr as Deno.NetAddr;
  }

  /** Starts to accept: `accept` is called for each listener and goes on until that is closed. */
  start(accept: (listener: Deno.Listener) => void): void {
    this.#accept = accept;
    accept(this.#listener);
  }

  /**
   * Opens a listener beside the present one, to give to {@linkcode handOver} or to close.
   *
   * @throws {ListenError} If the system refuses.
   */
  successor(tls: TlsConfig): Promise<Deno.Listener> {
    return listenBeside(this.#flag, this.#listener, tls);
  }

  /** Goes on with another listener. Resolves once the old one is closed. */
  async handOver(next: Deno.Listener): Promise<void> {
    if (this.#isClosed) return next.close();
    const before = this.#listener;
    this.#listener = next;
    this.#accept(next);
    for (let turn = 0; turn < LAST_TURNS; turn++) {
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
    before.close();
  }

  /** Accepts no more. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
  }
}
