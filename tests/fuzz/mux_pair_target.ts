/**
 * Two muxes that both keep to the rules, with users that call them in any order,
 * legally and not, and a wire that takes and delivers in pieces of any size, whenever it
 * likes, also in the middle of a call. Every stream's bytes arrive whole, in order and once; illegal calls are
 * refused and change nothing; nothing is left at the end.
 *
 * @module
 */

import type { ResetCode } from "../../protocol/errors.ts";
import { type Limits, withDefaults } from "../../protocol/limits.ts";
import type { Control } from "../../protocol/mux/control.ts";
import type { OpenHead, ResponseHead } from "../../protocol/mux/head.ts";
import { Mux } from "../../protocol/mux/mux.ts";
import { MuxEnd } from "./mux_end.ts";
import { contentAt } from "./pattern.ts";
import { Tape } from "./tape.ts";
import { claim, type FuzzTarget } from "./target.ts";

const RESETS: readonly ResetCode[] = ["cancelled", "refused", "app_broken", "busy"];

/** Fewer than any budget for control frames, so that no honest end uses it up. */
const MOST_CONTROLS = 300;

/** A stalled stream moves a kilobyte a round, and no stream here has a megabyte. */
const MOST_ROUNDS = 4000;

const ROOM = new Uint8Array(128 * 1024);

/** One end of the session. */
class Side {
  readonly mux: Mux;
  readonly ends: MuxEnd[] = [];
  /** What the other side has said that is not about a stream. */
  readonly expectedControls: Control[] = [];
  /** Bytes on their way to the other side. */
  readonly wire: Uint8Array[] = [];
  controls = 0;
  isGoingAway = false;
  #works = 0;
  #isPulling = false;

  /** Pulls whenever there was something to pull `eagerAt` times. */
  constructor(
    readonly role: "server" | "client",
    readonly limits: Limits,
    peer: Limits,
    world: World,
    eagerAt: number,
  ) {
    this.mux = new Mux({
      role,
      limits,
      peer: { streams: peer.streams, window: peer.initialWindow },
      now: () => world.now,
      roundTripMs: () => world.roundTripMs,
      user: {
        onOpen: (stream, head) => world.onOpen(stream, head),
        onControl: (control) => {
          const expected = this.expectedControls.shift();
          claim(JSON.stringify(control) === JSON.stringify(expected), `A ${control.type} frame`);
        },
        onStreamClosed: () => {},
        onWork: () => {
          if (++this.#works % eagerAt === 0 && !this.#isPulling) this.pull(ROOM.length);
        },
      },
    });
  }

  /** Puts what is next to be sent on the wire. */
  pull(most: number): void {
    const { outbox } = this.mux;
    const { pending } = outbox;
    const room = ROOM.subarray(0, most);
    this.#isPulling = true;
    const length = outbox.fill(room);
    this.#isPulling = false;
    claim((length > 0) === (pending > 0), `Wrote ${length} bytes of ${pending}`);
    claim(most - length <= 72 || outbox.pending === 0, `Left ${most - length} bytes of room`);
    if (length > 0) this.wire.push(room.slice(0, length));
  }
}

class World {
  readonly server: Side;
  readonly client: Side;
  now = 0;
  readonly roundTripMs: number;
  /** The heads of streams that are on their way to the client, by their number. */
  readonly #opening = new Map<number, { head: OpenHead; end: MuxEnd }>();
  #opened = 0;

  constructor(readonly tape: Tape) {
    this.roundTripMs = tape.pick([Infinity, 0, 1, 50]);
    const limits = () =>
      withDefaults({
        streams: tape.pick([1, 2, 5, 40]),
        initialWindow: tape.pick([1024, 5000, 65536]),
        maxWindow: tape.pick([65536, 1 << 20]),
        growthBudget: tape.pick([0, 70_000, 1 << 20]),
      });
    const ofServer = limits();
    const ofClient = limits();
    const eagerAt = tape.pick([Infinity, 1, 3, 8]);
    this.server = new Side("server", ofServer, ofClient, this, eagerAt);
    this.client = new Side("client", ofClient, ofServer, this, eagerAt);
  }

  step(): void {
    const { tape } = this;
    const side = tape.chance(128) ? this.server : this.client;
    const end = side.ends.length === 0 ? undefined : side.ends[tape.below(side.ends.length)]!;
    switch (tape.below(14)) {
      case 0:
      case 1:
        return this.#open();
      case 2:
        return this.#respond();
      case 3:
      case 4:
        return end?.canSend ? end.send(tape.size(40_000)) : undefined;
      case 5:
        if (end?.canSend) {
          end.end(tape.chance(80) ? contentAt(1, 0, 1 + tape.size(300)) : undefined);
        }
        return;
      case 6:
        if (tape.chance(60)) end?.resetNow(tape.pick(RESETS));
        return;
      case 7:
      case 8:
        return end?.consume(tape.chance(128) ? end.held : tape.size(end.held));
      case 9:
        return side.pull(512 + tape.size(ROOM.length - 512));
      case 10:
      case 11:
        return this.deliver(side, 1 + tape.size(150_000));
      case 12:
        this.now += tape.size(5000);
        return this.#sayControl(side);
      default:
        return this.#callIllegally(end);
    }
  }

  onOpen(stream: MuxEnd["stream"], head: OpenHead): void {
    const opening = this.#opening.get(head.tunnel);
    claim(opening !== undefined, `A stream ${head.tunnel} that nobody has opened`);
    this.#opening.delete(head.tunnel);
    claim(plain(opening.head) === plain(head), "Another head than was sent");
    const end = new MuxEnd(stream, opening.end.salt ^ 1, head.kind === "http");
    end.other = opening.end;
    opening.end.other = end;
    this.client.ends.push(end);
  }

  /** Takes bytes off the wire that leaves `from`; the memory is spoilt afterwards. */
  deliver(from: Side, most: number): void {
    const to = from === this.server ? this.client : this.server;
    while (most > 0 && from.wire.length > 0) {
      const chunk = from.wire[0]!;
      const piece = chunk.subarray(0, most);
      most -= piece.length;
      if (piece.length === chunk.length) from.wire.shift();
      else from.wire[0] = chunk.subarray(piece.length);
      to.mux.receive(piece);
      piece.fill(0xee);
    }
  }

  /** What must hold at any time. */
  checkInvariants(): void {
    for (const side of [this.server, this.client]) {
      const { limits, mux } = side;
      claim(mux.growth >= 0 && mux.growth <= limits.growthBudget, `Growth of ${mux.growth} bytes`);
      claim(
        mux.openStreams <= this.client.limits.streams,
        `${mux.openStreams} streams where ${this.client.limits.streams} are allowed`,
      );
      const from = side === this.server ? this.client : this.server;
      // In the middle of a DATA frame its rest counts as received and is not held by anybody.
      if (from.wire.length > 0) continue;
      for (const end of side.ends) end.stream.checkInvariants(end.held);
    }
  }

  /** Ends every stream in good order and checks that nothing is left. */
  finish(): void {
    const sides = [this.server, this.client];
    let rounds = 0;
    do {
      claim(rounds++ < MOST_ROUNDS, `Not at rest: ${this.#describe()}`);
      for (const side of sides) {
        for (const end of side.ends) {
          end.consume(Infinity);
          if (end.reset !== "no" || end.ending !== undefined) continue;
          if (end.owesResponse) end.respond(responseHead(200, 10), 0, true);
          else end.end();
        }
        side.pull(ROOM.length);
      }
      for (const side of sides) this.deliver(side, Infinity);
    } while (sides.some(({ mux }) => mux.outbox.pending > 0 || mux.openStreams > 0));
    for (const { mux, ends, role, expectedControls } of sides) {
      for (const end of ends) end.consume(Infinity);
      claim(mux.growth === 0, `Growth of ${mux.growth} bytes without streams`);
      claim(expectedControls.length === 0, "Control frames were lost");
      for (const end of ends) {
        claim(end.stream.isClosed, "A stream that is not closed");
        claim(end.reset !== "no" || end.isInEnded, `A stream without an end on the ${role}`);
      }
    }
    claim(this.#opening.size === 0 || this.client.isGoingAway, "Streams were lost");
  }

  #open(): void {
    const { tape, server } = this;
    const id = this.#opened++;
    const tunnel = id & 0xffff;
    const salt = 2 * id;
    const bodyLength = tape.chance(100) ? tape.size(30_000) : 0;
    const fin = tape.chance(100);
    const head: OpenHead = tape.chance(60) ? { kind: "tcp", tunnel, visitor: "v" } : {
      kind: "http",
      tunnel,
      visitor: "192.0.2.7:51234",
      scheme: "https",
      minorVersion: 1,
      method: "POST",
      target: "/x",
      authority: "a.example",
      headers: contentAt(id, 0, tape.size(tape.chance(20) ? 100_000 : 300)),
    };
    const canOpen = server.mux.canOpen;
    try {
      const stream = server.mux.open(head, contentAt(salt, 0, bodyLength), fin);
      claim(canOpen, "Opened a stream without a slot");
      const end = new MuxEnd(stream, salt, false);
      end.sent = bodyLength;
      if (fin) end.ending = { trailers: undefined };
      server.ends.push(end);
      this.#opening.set(tunnel, { head, end });
    } catch (error) {
      if (!(error instanceof RangeError) || canOpen) throw error;
    }
  }

  #respond(): void {
    const { tape, client } = this;
    const waiting = client.ends.filter(({ owesResponse, reset }) => owesResponse && reset === "no");
    if (waiting.length === 0) return;
    const end = waiting[tape.below(waiting.length)]!;
    if (tape.chance(40)) return end.respond(responseHead(103, 50), 0, false);
    const headers = tape.size(tape.chance(20) ? 100_000 : 300);
    const body = tape.chance(128) ? tape.size(30_000) : 0;
    end.respond(responseHead(tape.pick([101, 200, 404]), headers), body, tape.chance(60));
  }

  #sayControl(side: Side): void {
    if (side.controls++ >= MOST_CONTROLS) return;
    const other = side === this.server ? this.client : this.server;
    if (this.tape.chance(3)) {
      if (side.isGoingAway) return;
      side.isGoingAway = true;
      const opened = side === this.server ? this.server.ends.length : this.client.ends.length;
      other.expectedControls.push({ type: "goaway", opened });
      side.mux.goAway();
      return;
    }
    const control: Control = side === this.server
      ? { type: "claimed", tunnel: 1, name: "a", url: "https://a.example", generation: this.now }
      : { type: "release", tunnel: side.controls };
    other.expectedControls.push(control);
    side.mux.sendControl(control);
  }

  /** Calls what may not be called; that must be said, and nothing be done. */
  #callIllegally(end: MuxEnd | undefined): void {
    if (end === undefined || end.reset !== "no") return;
    const { stream } = end;
    const attempts: (() => void)[] = [];
    if (!end.owesResponse) attempts.push(() => stream.respond(responseHead(200, 5)));
    if (!end.canSend) attempts.push(() => stream.send(Uint8Array.of(1)), () => stream.end());
    if (end.owesResponse) {
      attempts.push(() => stream.respond(responseHead(200, 140_000)));
    }
    if (attempts.length === 0) return;
    try {
      attempts[this.tape.below(attempts.length)]!();
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) return;
      throw error;
    }
    claim(false, "An illegal call was taken");
  }

  #describe(): string {
    return [this.server, this.client].map(({ role, mux, ends }) => {
      const open = ends.filter(({ stream }) => !stream.isClosed).length;
      return `${role} has ${mux.openStreams} streams (${open}), ${mux.outbox.pending} bytes`;
    }).join("; ");
  }
}

function responseHead(status: number, headerBytes: number): ResponseHead {
  return { status, minorVersion: 1, reason: "because", headers: contentAt(status, 0, headerBytes) };
}

function plain(head: OpenHead): string {
  if (head.kind === "tcp") return JSON.stringify(head);
  return `${JSON.stringify({ ...head, headers: head.headers.length })}${head.headers.join()}`;
}

function check(input: Uint8Array): number {
  const tape = new Tape(input);
  const world = new World(tape);
  let events = 0;
  for (; !tape.isOver; events++) {
    world.step();
    if (events % 4 === 0) world.checkInvariants();
  }
  world.finish();
  return events;
}

/** See the head of this file. */
export const muxPairTarget: FuzzTarget = {
  name: "mux_pair",
  unit: "events",
  share: 1.5,
  make: (random) => random.bytes(random.between(20, random.pick([200, 1000, 4000]))),
  check,
};
