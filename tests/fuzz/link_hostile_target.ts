/**
 * A link against a peer that acknowledges what it never got, pings without end,
 * and sends records that are none: the link goes on or throws a ProtocolError,
 * passes on every byte of payload that came before, and gives its memory back.
 *
 * @module
 */

import { ProtocolError } from "../../protocol/errors.ts";
import { BlockPool } from "../../protocol/link/block_pool.ts";
import { encodeClose, encodeRecord, RecordType, writeU64 } from "../../protocol/link/record.ts";
import { LinkSide } from "./link_side.ts";
import { contentAt } from "./pattern.ts";
import { Tape } from "./tape.ts";
import { claim, type FuzzTarget } from "./target.ts";

const KIB = 1024;

class World {
  readonly pool = new BlockPool({ spare: 0 });
  readonly side: LinkSide;
  /** Bytes of payload sent to the link. */
  #sent = 0;
  #now = 0;

  constructor(readonly tape: Tape) {
    const resend = tape.pick([64 * KIB, 500 * KIB]);
    this.side = new LinkSide(1, 2, { resend, peerResend: 64 * KIB, pool: this.pool });
    this.side.link.attach(0);
  }

  step(): void {
    const { tape, side } = this;
    switch (tape.below(8)) {
      case 0:
        side.offered += tape.size(200_000);
        return;
      case 1:
        if (!side.isWriting) side.pull(this.#now);
        return;
      case 2:
        return side.wrote();
      case 3:
        this.#now += tape.size(3000);
        if (side.link.tick(this.#now).kind === "dead") this.#resume();
        return;
      case 4:
        if (tape.chance(30)) this.#resume();
        return;
      default:
        return this.#receive(this.#record());
    }
  }

  /** What must hold whatever the peer does. */
  checkBounds(): void {
    this.side.checkBounds();
    claim(this.pool.lent === this.side.link.held, "Blocks are lent to nobody");
    if (this.side.closed !== undefined) claim(this.pool.lent === 0, "A closed link holds memory");
  }

  end(): void {
    this.side.link.end();
    claim(this.pool.lent === 0, `${this.pool.lent} bytes are lent to nobody`);
  }

  /** The peer may claim to stand anywhere; who asks `canResumeAt` first is safe. */
  #resume(): void {
    const { link } = this.side;
    const { produced, acknowledged } = link.sent;
    const offset = acknowledged + this.tape.size(produced - acknowledged + 10);
    this.side.detach();
    if (this.side.closed !== undefined) return;
    link.attach(this.#now, link.canResumeAt(offset) ? offset : acknowledged);
  }

  #record(): Uint8Array {
    const { tape } = this;
    const number = new Uint8Array(8);
    switch (tape.below(10)) {
      case 0:
      case 1:
        return encodeRecord(RecordType.ping, number);
      case 2:
        writeU64(number, 0, tape.below(5));
        return encodeRecord(RecordType.pong, number);
      case 3:
      case 4:
      case 5: {
        const { produced, acknowledged } = this.side.link.sent;
        // Mostly within what was produced, which is more than what was sent.
        const ahead = produced - acknowledged + (tape.chance(10) ? 1 : 0);
        let offset = acknowledged - (tape.chance(5) ? 1 : 0) + tape.size(Math.max(0, ahead));
        if (!this.side.link.canResumeAt(offset) && !tape.chance(10)) offset = acknowledged;
        writeU64(number, 0, Math.max(0, offset));
        return encodeRecord(RecordType.ack, number);
      }
      case 6:
        if (tape.chance(240)) return encodeRecord(RecordType.ping, number);
        if (tape.chance(80)) return encodeClose(tape.below(20), "bye");
        // Data would have to be content: anything but that.
        return encodeRecord(2 + tape.below(254), new Uint8Array(tape.size(300)));
      default: {
        const data = contentAt(2, this.#sent, 1 + tape.size(20_000));
        this.#sent += data.length;
        return encodeRecord(RecordType.data, data);
      }
    }
  }

  #receive(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(
        at,
        at + 1 + (this.tape.chance(200) ? bytes.length : this.tape.size(3000)),
      );
      at += piece.length;
      this.side.link.receive(piece, this.#now);
      piece.fill(0xee);
    }
    if (this.side.closed === undefined) {
      claim(this.side.received === this.#sent, `Got ${this.side.received} of ${this.#sent} bytes`);
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
      world.checkBounds();
    }
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code === "internal") throw error;
  }
  world.end();
  return events;
}

/** See the head of this file. */
export const linkHostileTarget: FuzzTarget = {
  name: "link_hostile",
  unit: "events",
  share: 1,
  make: (random) => random.bytes(random.between(20, random.pick([100, 400, 1500]))),
  check,
};
