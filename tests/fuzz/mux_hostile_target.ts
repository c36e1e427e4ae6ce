/**
 * A mux against a peer that keeps to the rules until it does not: whatever comes,
 * the mux goes on or throws a ProtocolError, what it sends stays legal as long as
 * it lives, and what it holds stays within its limits.
 *
 * @module
 */

import { ProtocolError, type ResetCode, SessionClosed } from "../../protocol/errors.ts";
import { type Limits, withDefaults } from "../../protocol/limits.ts";
import { isInformational, type ResponseHead } from "../../protocol/mux/head.ts";
import { Mux } from "../../protocol/mux/mux.ts";
import type { MuxStream, StreamUser } from "../../protocol/mux/stream.ts";
import { HostilePeer } from "./hostile_peer.ts";
import { contentAt } from "./pattern.ts";
import { Tape } from "./tape.ts";
import { claim, type FuzzTarget } from "./target.ts";

const RESETS: readonly ResetCode[] = ["cancelled", "refused", "app_broken", "busy"];

const ROOM = new Uint8Array(64 * 1024);

/** Takes what comes on one stream and does with it what an app might. */
class App implements StreamUser {
  held = 0;
  isOver = false;
  owesResponse: boolean;
  isAbandoned = false;

  constructor(readonly stream: MuxStream, owesResponse: boolean) {
    this.owesResponse = owesResponse;
    stream.user = this;
  }

  onResponse(head: ResponseHead): void {
    claim(head.status >= 100 && head.status <= 999, `Status ${head.status}`);
  }

  onData(piece: Uint8Array): void {
    claim(!this.isOver && piece.length > 0, "Data after the end, or none");
    this.held += piece.length;
  }

  onEnd(): void {
    claim(!this.isOver, "A second end");
    this.isOver = true;
  }

  onReset(): void {
    this.isOver = true;
    this.held = 0;
  }

  onDrained(): void {}

  onAbandoned(): void {
    this.isAbandoned = true;
  }

  /** Does something that a user may do. */
  act(tape: Tape): void {
    const { stream } = this;
    switch (tape.below(6)) {
      case 0:
      case 1: {
        const bytes = tape.size(this.held);
        this.held -= bytes;
        if (bytes > 0) stream.consumed(bytes);
        return;
      }
      case 2:
        if (!tape.chance(60)) return;
        this.held = 0;
        return stream.reset(tape.pick(RESETS));
      default:
        if (stream.isSendOver) return;
        if (this.owesResponse) return this.#respond(tape);
        if (tape.chance(200)) stream.send(contentAt(0, 0, tape.size(30_000)));
        else stream.end(tape.chance(100) ? contentAt(1, 0, 1 + tape.size(100)) : undefined);
    }
  }

  #respond(tape: Tape): void {
    const status = tape.pick([103, 200, 101, 500]);
    const informational = isInformational(status);
    if (!informational) this.owesResponse = false;
    const headers = contentAt(1, 0, tape.size(2000));
    const body = informational ? undefined : contentAt(0, 0, tape.size(20_000));
    const head = { status, minorVersion: 1, reason: "", headers };
    this.stream.respond(head, body, !informational && tape.chance(100));
  }
}

class World {
  readonly role: "server" | "client";
  readonly limits: Limits;
  readonly apps: App[] = [];
  readonly mux: Mux;
  readonly hostile: HostilePeer;
  now = 0;
  /** How many of 256 frames are illegal; a peer that keeps to the rules must not be refused. */
  readonly #illegalRate: number;

  constructor(readonly tape: Tape) {
    this.#illegalRate = tape.pick([0, 1, 4, 30]);
    const honest = tape.chance(128) ? "server" : "client";
    this.role = honest;
    this.limits = withDefaults({
      streams: tape.pick([1, 3, 8]),
      initialWindow: tape.pick([1024, 65536]),
      maxWindow: tape.pick([65536, 1 << 20]),
      growthBudget: tape.pick([0, 100_000]),
    });
    const peer = { streams: tape.pick([1, 3, 8]), window: tape.pick([1024, 65536]) };
    this.mux = new Mux({
      role: honest,
      limits: this.limits,
      peer,
      now: () => this.now,
      roundTripMs: () => 10,
      user: {
        onOpen: (stream, head) => {
          claim(honest === "client", "A stream opened by a client");
          const app = new App(stream, head.kind === "http");
          this.apps.push(app);
          if (this.tape.chance(20)) stream.reset("refused");
        },
        onControl: () => {},
        onStreamClosed: () => {},
        onWork: () => {},
      },
    });
    this.hostile = new HostilePeer({
      honest,
      streams: honest === "client" ? this.limits.streams : peer.streams,
      credit: this.limits.initialWindow,
      granted: peer.window,
    }, tape);
  }

  step(): void {
    const { tape, mux, apps } = this;
    switch (tape.below(10)) {
      case 0:
        if (this.role === "server" && mux.canOpen) this.#open();
        return;
      case 1:
      case 2:
        if (apps.length > 0) apps[tape.below(apps.length)]!.act(tape);
        return;
      case 3:
      case 4:
        return this.#pull(512 + tape.size(ROOM.length - 512));
      case 5:
        this.now += tape.size(2000);
        return;
      default:
        return this.#attack(
          tape.chance(this.#illegalRate) ? this.hostile.illegalFrame() : this.hostile.nextFrame(),
        );
    }
  }

  /** What must hold whatever the peer does. */
  checkBounds(): void {
    const { mux, limits } = this;
    const open = this.apps.filter(({ stream }) => !stream.isClosed).length;
    claim(mux.growth >= 0 && mux.growth <= limits.growthBudget, `Growth of ${mux.growth} bytes`);
    const held = this.apps.reduce((sum, app) => sum + app.held, 0);
    const unread = this.apps.filter((app) => app.held > 0).length;
    const most = Math.max(open, unread) * limits.initialWindow + limits.growthBudget;
    claim(held <= most, `Holds ${held} of at most ${most} bytes`);
    claim(open === mux.openStreams, `${open} open streams that count as ${mux.openStreams}`);
  }

  /** The session ends as it does after a violation; nothing may come afterwards. */
  end(): void {
    this.mux.abandon(new SessionClosed("bad_frame", "local"));
    for (const { stream } of this.apps) claim(stream.isClosed, "A stream survives its session");
    claim(this.mux.openStreams === 0, "Streams are left");
  }

  #open(): void {
    if (this.mux.openStreams > 20) return;
    const { tape } = this;
    try {
      const stream = this.mux.open(
        {
          kind: "http",
          tunnel: 0,
          visitor: "v",
          scheme: "http",
          minorVersion: 0,
          method: "GET",
          target: "/",
          authority: "a",
          headers: contentAt(1, 0, tape.size(500)),
        },
        contentAt(0, 0, tape.size(5000)),
        tape.chance(128),
      );
      this.apps.push(new App(stream, false));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }

  #pull(most: number): void {
    const length = this.mux.outbox.fill(ROOM.subarray(0, most));
    this.hostile.decoder.push(ROOM.subarray(0, length));
  }

  #attack(bytes: Uint8Array): void {
    const { tape, mux } = this;
    const copy = bytes.slice();
    for (let at = 0; at < copy.length;) {
      const piece = copy.subarray(at, at + 1 + (tape.chance(128) ? copy.length : tape.size(300)));
      at += piece.length;
      mux.receive(piece);
      piece.fill(0xee);
    }
  }
}

function check(input: Uint8Array): number {
  const tape = new Tape(input);
  const world = new World(tape);
  let events = 0;
  try {
    for (; !tape.isOver; events++) {
      world.step();
      if (events % 4 === 0) world.checkBounds();
    }
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code === "internal") throw error;
    if (world.hostile.isLegal && error.code !== "excess") throw error;
  }
  world.end();
  return events;
}

/** See the head of this file. */
export const muxHostileTarget: FuzzTarget = {
  name: "mux_hostile",
  unit: "events",
  share: 1,
  make: (random) => random.bytes(random.between(20, random.pick([200, 1000, 4000]))),
  check,
};
