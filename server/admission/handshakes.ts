/**
 * Connections that want to become clients and have not shown yet that they may: for each a few
 * seconds and some KiB ({@linkcode SessionHost} sees to that), and for all of them a number.
 *
 * @module
 */

import type { Transport } from "@tun/protocol";
import { addressOf } from "../registry/address_group.ts";
import { ConnectionCaps, type Seat } from "./connection_caps.ts";

/** Each may hold a record of 16 KiB for ten seconds: 16 MiB in all. */
const MOST = 1_024;

/** One address has no reason to be at it with many clients in the same seconds. */
const MOST_PER_ADDRESS = 128;

/** Counts handshakes. */
export class Handshakes {
  readonly #caps: ConnectionCaps;
  readonly #onRefused: () => void;

  /** Nobody is at it; `isShared` says which addresses stand for many. */
  constructor(isShared: (ip: string) => boolean, onRefused: () => void) {
    this.#caps = new ConnectionCaps({ most: MOST, mostPerAddress: MOST_PER_ADDRESS, isShared });
    this.#onRefused = onRefused;
  }

  /** Handshakes that go on. */
  get count(): number {
    return this.#caps.taken;
  }

  /**
   * One more, to be disposed of when it is over. Where there are too many, the oldest makes room:
   * an honest one takes a moment. `undefined` if even that is in vain, and the transport is closed.
   */
  begin(transport: Transport): Seat | undefined {
    const occupant = { isIdle: true, evict: () => transport.close() };
    const seat = this.#caps.take(addressOf(transport.peer), occupant);
    if (typeof seat !== "string") return seat;
    transport.close();
    this.#onRefused();
    return undefined;
  }
}
