/**
 * How many connections strangers may have, in total and from one address.
 *
 * At the cap somebody who is idle makes room, so that whoever holds many connections open does
 * not lock others out: the room is found by looking at a few, and never at all of them.
 *
 * @module
 */

import { addressGroup } from "../registry/address_group.ts";

/** Connections looked at for one that is idle, each time that room is needed. */
const LOOKED_AT = 64;

/** Somebody with a connection. */
export interface Occupant {
  /** Nothing is lost but time if the connection is closed. */
  readonly isIdle: boolean;
  /** Closes the connection. */
  evict(): void;
}

/** Why there is no seat. */
export type CapReason = "connections" | "connections_per_ip";

/** A connection that is counted, until it is disposed of. */
export interface Seat extends Disposable {
  /** Tells it from a refusal. */
  readonly isTaken: true;
}

/** The numbers. */
export interface CapOptions {
  /** In total. */
  readonly most: number;
  /** From one address; an IPv6 /64 is one. */
  readonly mostPerAddress: number;
  /** Whose address stands for many visitors: loopback, and proxies that we trust. */
  readonly isShared: (ip: string) => boolean;
}

/** Counts connections. */
export class ConnectionCaps {
  readonly #options: CapOptions;
  /** Never with an iterator that outlives a call: it would keep what has left (V8 keeps old tables). */
  readonly #seats = new Set<OneSeat>();
  readonly #groups = new Map<string, Set<OneSeat>>();

  /** All seats are free. */
  constructor(options: CapOptions) {
    this.#options = options;
  }

  /** Seats that are taken. */
  get taken(): number {
    return this.#seats.size;
  }

  /** Addresses that are counted. */
  get addresses(): number {
    return this.#groups.size;
  }

  /** Takes a seat, perhaps that of somebody who is idle. */
  take(ip: string, occupant: Occupant): Seat | CapReason {
    const { most, mostPerAddress, isShared } = this.#options;
    const group = isShared(ip) ? undefined : addressGroup(ip);
    if (group !== undefined) {
      const neighbours = this.#groups.get(group);
      if (neighbours !== undefined && neighbours.size >= mostPerAddress) {
        if (!this.#evictOf(neighbours)) return "connections_per_ip";
      }
    }
    if (this.#seats.size >= most && !this.#evictAny()) return "connections";
    return this.#seat(group, occupant);
  }

  #seat(group: string | undefined, occupant: Occupant): Seat {
    const seat = new OneSeat(group, occupant, (left) => this.#leave(left));
    this.#seats.add(seat);
    if (group === undefined) return seat;
    const neighbours = this.#groups.get(group);
    if (neighbours === undefined) this.#groups.set(group, new Set([seat]));
    else neighbours.add(seat);
    return seat;
  }

  #leave(seat: OneSeat): void {
    if (!this.#seats.delete(seat) || seat.group === undefined) return;
    const neighbours = this.#groups.get(seat.group);
    neighbours?.delete(seat);
    if (neighbours?.size === 0) this.#groups.delete(seat.group);
  }

  /** The oldest first: those are the likeliest to be idle. */
  #evictOf(neighbours: Iterable<OneSeat>): boolean {
    let left = LOOKED_AT;
    for (const seat of neighbours) {
      if (left-- === 0) return false;
      if (this.#evict(seat)) return true;
    }
    return false;
  }

  /** Who is busy goes to the end of the line, so that it is not always the same who are looked at. */
  #evictAny(): boolean {
    let left = Math.min(LOOKED_AT, this.#seats.size);
    for (const seat of this.#seats) {
      if (left-- === 0) return false;
      if (this.#evict(seat)) return true;
      this.#seats.delete(seat);
      this.#seats.add(seat);
    }
    return false;
  }

  #evict(seat: OneSeat): boolean {
    if (!seat.occupant.isIdle) return false;
    this.#leave(seat);
    seat.occupant.evict();
    return true;
  }
}

class OneSeat implements Seat {
  readonly isTaken = true;
  readonly group: string | undefined;
  readonly occupant: Occupant;
  readonly #onLeave: (seat: OneSeat) => void;

  constructor(
    group: string | undefined,
    occupant: Occupant,
    onLeave: (seat: OneSeat) => void,
  ) {
    this.group = group;
    this.occupant = occupant;
    this.#onLeave = onLeave;
  }

  [Symbol.dispose](): void {
    this.#onLeave(this);
  }
}
