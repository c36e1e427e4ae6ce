/**
 * Two links over one wire after another. A wire is cut at any byte, either end
 * notices when it likes, writes are under way when it happens; and the payload
 * arrives whole, in order and once, in bounded memory.
 *
 * @module
 */

import { BlockPool } from "../../protocol/link/block_pool.ts";
import { LinkSide } from "./link_side.ts";
import { Tape } from "./tape.ts";
import { claim, type FuzzTarget } from "./target.ts";

/** At 100 ms a round: all that was offered has arrived long before. */
const MOST_ROUNDS = 5000;
const ROUND_MS = 100;

const KIB = 1024;

class World {
  readonly pool: BlockPool;
  readonly sides: readonly [LinkSide, LinkSide];
  /** Bytes on their way from each side. */
  readonly #wires: [Uint8Array[], Uint8Array[]] = [[], []];
  /** Whether each side believes that it has a transport. */
  readonly #attached: [boolean, boolean] = [false, false];
  /** Whether the wire between the transports is whole. */
  #isWhole = false;
  now = 0;

  constructor(readonly tape: Tape) {
    // Blocks that come back are lent again, so one that came back too early is overwritten.
    this.pool = new BlockPool({ budget: tape.pick([40 * KIB, 400 * KIB, 64 * KIB * KIB]) });
    const limits = () => tape.pick([64 * KIB, 200 * KIB, 1024 * KIB]);
    const [a, b] = [limits(), limits()];
    this.sides = [
      new LinkSide(1, 2, { resend: a, peerResend: b, pool: this.pool }),
      new LinkSide(2, 1, { resend: b, peerResend: a, pool: this.pool }),
    ];
    this.#attach();
  }

  step(): void {
    const { tape } = this;
    const index = tape.below(2);
    const side = this.sides[index]!;
    switch (tape.below(12)) {
      case 0:
      case 1:
        side.offered += tape.size(100_000);
        return;
      case 2:
      case 3:
        return this.#pull(index);
      case 4:
      case 5:
        return side.wrote();
      case 6:
      case 7:
      case 8:
        return this.#deliver(index, 1 + tape.size(200_000));
      case 9:
        this.now += tape.size(4000);
        return this.#tick();
      case 10:
        if (tape.chance(100)) this.#cut(index);
        return;
      default:
        if (tape.chance(40)) return side.link.ping();
        if (!this.#isWhole) this.#attach();
    }
  }

  checkBounds(): void {
    for (const side of this.sides) side.checkBounds();
    const held = this.sides[0].link.held + this.sides[1].link.held;
    claim(this.pool.lent === held, `${held} bytes are held and ${this.pool.lent} lent`);
  }

  /** Lets everything arrive, closes, and checks that nothing is left. */
  finish(): void {
    const [a, b] = this.sides;
    const isDone = () =>
      this.sides.every(({ link, pending }) => pending === 0 && link.held === 0) &&
      a.received === b.offered && b.received === a.offered;
    for (let rounds = 0; !isDone(); rounds++) {
      claim(
        rounds < MOST_ROUNDS,
        `Not at rest: ${a.received} of ${b.offered} bytes, ${b.received} of ${a.offered}`,
      );
      if (!this.#isWhole) this.#attach();
      for (const index of [0, 1]) {
        this.#pull(index);
        this.#deliver(index, Infinity);
        this.sides[index]!.wrote();
      }
      this.now += ROUND_MS;
      this.#tick();
      this.checkBounds();
    }
    if (!this.#isWhole) this.#attach();
    a.wrote();
    a.link.close("normal", "done");
    this.#pull(0);
    this.#deliver(0, Infinity);
    claim(b.closed === "normal", `Closed with ${b.closed}`);
    a.link.end();
    claim(this.pool.lent === 0, `${this.pool.lent} bytes are lent to nobody`);
  }

  /** What a RESUME does: both let go of the old transport, and then say where they stand. */
  #attach(): void {
    const [a, b] = this.sides;
    for (const side of this.sides) side.detach();
    this.#wires[0] = [];
    this.#wires[1] = [];
    claim(a.link.canResumeAt(b.link.received), `Cannot resume at ${b.link.received}`);
    claim(b.link.canResumeAt(a.link.received), `Cannot resume at ${a.link.received}`);
    a.link.attach(this.now, b.link.received);
    b.link.attach(this.now, a.link.received);
    this.#attached[0] = this.#attached[1] = this.#isWhole = true;
  }

  /** The wire breaks; what was on it is lost. One side notices at once, or none does. */
  #cut(index: number): void {
    this.#isWhole = false;
    this.#wires[0] = [];
    this.#wires[1] = [];
    if (this.tape.chance(128)) this.#notice(index);
  }

  #notice(index: number): void {
    this.#attached[index] = false;
    this.sides[index]!.detach();
  }

  #pull(index: number): void {
    const side = this.sides[index]!;
    if (side.isWriting) return;
    const bytes = side.pull(this.now);
    claim(bytes === undefined || this.#attached[index]!, "Pulled without a transport");
    if (bytes !== undefined && this.#isWhole) this.#wires[index]!.push(bytes);
  }

  #deliver(from: number, most: number): void {
    const wire = this.#wires[from]!;
    const to = this.sides[1 - from]!;
    while (most > 0 && wire.length > 0) {
      const chunk = wire[0]!;
      const piece = chunk.subarray(0, most);
      most -= piece.length;
      if (piece.length === chunk.length) wire.shift();
      else wire[0] = chunk.subarray(piece.length);
      to.link.receive(piece, this.now);
      piece.fill(0xee);
    }
  }

  #tick(): void {
    for (const index of [0, 1]) {
      const tick = this.sides[index]!.link.tick(this.now);
      if (tick.kind === "alive") continue;
      this.#isWhole = false;
      this.#notice(index);
    }
  }
}

function check(input: Uint8Array): number {
  const tape = new Tape(input);
  const world = new World(tape);
  let events = 0;
  for (; !tape.isOver; events++) {
    world.step();
    world.checkBounds();
  }
  world.finish();
  return events;
}

/** See the head of this file. */
export const linkCutsTarget: FuzzTarget = {
  name: "link_cuts",
  unit: "events",
  share: 1.5,
  make: (random) => random.bytes(random.between(20, random.pick([200, 1000, 3000]))),
  check,
};
