import { assert, assertEquals, assertThrows } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { ProtocolError } from "../errors.ts";
import { MAX_WINDOW } from "../limits.ts";
import { GrowthBudget, ReceiveWindow, SendWindow } from "./flow_control.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const INITIAL = 64 * KIB;
const MOST = 16 * MIB;
const ROUND_TRIP = 100;

/** A reader whose sender always fills the window. */
class Flow {
  now = 0;
  held = 0;
  #inFlight: number;
  readonly window: ReceiveWindow;

  constructor(readonly budget: GrowthBudget, initial = INITIAL, most = MOST) {
    this.window = new ReceiveWindow(initial, most, budget, 0);
    this.#inFlight = initial;
  }

  /** The sender sends all it may, and `ms` later all of it is read in pieces of `piece`. */
  turn(ms: number, piece = 16 * KIB): void {
    const bytes = this.#inFlight;
    this.window.receive(bytes);
    this.held += bytes;
    this.#inFlight = 0;
    this.now += ms;
    while (this.held > 0) {
      const read = Math.min(piece, this.held);
      this.held -= read;
      const tuning = { now: this.now, roundTripMs: ROUND_TRIP };
      this.#inFlight += this.window.consume(read, tuning);
      this.window.checkInvariants(this.held);
    }
  }
}

Deno.test("SendWindow takes grants up to the largest window and no further", () => {
  const window = new SendWindow(1000);
  window.take(400);
  window.grant(MAX_WINDOW - 600);
  assertEquals([window.available, window.spent], [MAX_WINDOW, 400]);
  assertThrows(() => window.grant(1), ProtocolError);
});

Deno.test("ReceiveWindow doubles up to the most while it is read within few round trips", () => {
  const budget = new GrowthBudget(64 * MIB);
  const flow = new Flow(budget);
  const sizes = Array.from({ length: 24 }, () => {
    flow.turn(ROUND_TRIP);
    return flow.window.size;
  });
  assertEquals(sizes.at(-1), MOST);
  assertEquals(budget.used, MOST - INITIAL);
  assert(sizes.findIndex((size) => size === MOST) <= 16, `${sizes}`);
});

for (const turns of [2.01, 3.5]) {
  Deno.test(`ReceiveWindow grows also when half a window takes ${turns} round trips, on a busy machine`, () => {
    const flow = new Flow(new GrowthBudget(64 * MIB));
    for (let turn = 0; turn < 24; turn++) flow.turn(turns * ROUND_TRIP);
    assertEquals(flow.window.size, MOST);
  });
}

Deno.test("ReceiveWindow stays as it is for a reader that is neither fast nor slow", () => {
  const flow = new Flow(new GrowthBudget(64 * MIB));
  for (let turn = 0; turn < 6; turn++) flow.turn(ROUND_TRIP);
  const { size } = flow.window;
  for (let turn = 0; turn < 50; turn++) flow.turn(10 * ROUND_TRIP);
  assert(size > INITIAL);
  assertEquals(flow.window.size, size);
});

Deno.test("ReceiveWindow shrinks to where it began when it is read slowly", () => {
  const budget = new GrowthBudget(64 * MIB);
  const flow = new Flow(budget);
  for (let turn = 0; turn < 30; turn++) flow.turn(ROUND_TRIP);
  assertEquals(flow.window.size, MOST);
  for (let turn = 0; turn < 40; turn++) flow.turn(100 * ROUND_TRIP);
  assertEquals([flow.window.size, budget.used], [INITIAL, 0]);
});

Deno.test("ReceiveWindow does not grow before a round trip is known", () => {
  const window = new ReceiveWindow(INITIAL, MOST, new GrowthBudget(MOST), 0);
  for (let turn = 0; turn < 10; turn++) {
    window.receive(INITIAL);
    assertEquals(window.consume(INITIAL, { now: 0, roundTripMs: Infinity }), INITIAL);
  }
  assertEquals(window.size, INITIAL);
});

Deno.test("ReceiveWindow grants after half a window, or a quarter of a MiB, at the latest", () => {
  for (const size of [KIB, INITIAL, 4 * MIB]) {
    const window = new ReceiveWindow(size, size, new GrowthBudget(0), 0);
    const tuning = { now: 1e6, roundTripMs: 1 };
    window.receive(size);
    const least = Math.min(size / 2, 256 * KIB);
    assertEquals(window.consume(least - 1, tuning), 0);
    assertEquals(window.consume(1, tuning), least);
  }
});

Deno.test("ReceiveWindow refuses what was not granted", () => {
  const window = new ReceiveWindow(KIB, KIB, new GrowthBudget(0), 0);
  window.receive(KIB);
  const error = assertThrows(() => window.receive(1), ProtocolError);
  assertEquals(error.code, "flow_violation");
});

Deno.test("ReceiveWindow keeps the growth that unread bytes fill after the end", () => {
  const budget = new GrowthBudget(64 * MIB);
  const flow = new Flow(budget);
  for (let turn = 0; turn < 30; turn++) flow.turn(ROUND_TRIP);
  const tuning = { now: flow.now, roundTripMs: ROUND_TRIP };
  flow.window.receive(10 * MIB);
  flow.window.end();
  assertEquals(budget.used, 10 * MIB - INITIAL);
  assertEquals(flow.window.consume(6 * MIB, tuning), 0);
  assertEquals(budget.used, 4 * MIB - INITIAL);
  assertEquals(flow.window.consume(4 * MIB, tuning), 0);
  assertEquals(budget.used, 0);
  flow.window.close();
  assertEquals(budget.used, 0);
});

Deno.test("ReceiveWindow gives everything back when nobody wants what came in", () => {
  const budget = new GrowthBudget(64 * MIB);
  const flow = new Flow(budget);
  for (let turn = 0; turn < 30; turn++) flow.turn(ROUND_TRIP);
  flow.window.receive(10 * MIB);
  flow.window.end();
  flow.window.close();
  assertEquals(budget.used, 0);
});

Deno.test("GrowthBudget is shared fairly by streams that all want everything", () => {
  const total = 32 * MIB;
  for (const streams of [2, 5, 20, 100]) {
    const budget = new GrowthBudget(total);
    const flows = Array.from({ length: streams }, () => new Flow(budget));
    for (let turn = 0; turn < 30; turn++) for (const flow of flows) flow.turn(ROUND_TRIP);
    const sizes = flows.map(({ window }) => window.size - INITIAL);
    const fair = total / (streams + 1);
    assert(budget.used <= total);
    assert(Math.min(...sizes) >= 0.4 * fair, `${streams}: ${Math.min(...sizes)} of ${fair}`);
    for (const { window } of flows) window.close();
    assertEquals(budget.used, 0);
  }
});

Deno.test("GrowthBudget leaves room for a late comer beside streams that have stalled", () => {
  const budget = new GrowthBudget(32 * MIB);
  for (let early = 0; early < 3; early++) {
    const flow = new Flow(budget);
    for (let turn = 0; turn < 30; turn++) flow.turn(ROUND_TRIP);
  }
  const late = new Flow(budget);
  for (let turn = 0; turn < 30; turn++) late.turn(ROUND_TRIP);
  assert(late.window.size >= MIB, `${late.window.size}`);
});

Deno.test("Windows add up after every step of a random life", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new SeededRandom(seed);
    const budget = new GrowthBudget(random.size(4 * MIB));
    const initial = random.between(KIB, INITIAL);
    const flows = Array.from({ length: random.between(1, 8) }, () => ({
      window: new ReceiveWindow(initial, random.between(initial, 4 * MIB), budget, 0),
      granted: initial,
      held: 0,
      isEnded: false,
    }));
    let now = 0;
    for (let step = 0; step < 500; step++) {
      const flow = random.pick(flows);
      now += random.chance(0.05) ? random.size(20_000) : random.size(200);
      const roundTripMs = random.pick([Infinity, 1, 50, 200]);
      const move = random.fraction();
      if (move < 0.5 && !flow.isEnded) {
        const bytes = random.size(flow.granted);
        flow.granted -= bytes;
        flow.held += bytes;
        flow.window.receive(bytes);
      } else if (move < 0.98) {
        const bytes = random.size(flow.held);
        flow.held -= bytes;
        const grant = flow.window.consume(bytes, { now, roundTripMs });
        assert(grant >= 0 && (grant === 0 || !flow.isEnded));
        flow.granted += grant;
      } else if (!flow.isEnded) {
        flow.isEnded = true;
        flow.window.end();
      }
      if (!flow.isEnded) flow.window.checkInvariants(flow.held);
      assert(flow.window.size >= initial && budget.used >= 0, `seed ${seed}`);
      const sizes = flows.reduce((sum, { window }) => sum + window.size - initial, 0);
      assertEquals(budget.used, sizes, `seed ${seed}`);
      const holds = flows.every(({ window, held }) => held <= window.size);
      assert(holds, `seed ${seed}: more is held than is counted`);
    }
    for (const { window } of flows) window.close();
    assertEquals(budget.used, 0, `seed ${seed}`);
  }
});

Deno.test("GrowthBudget: sessions share what a process has, and one that ends gives all back", () => {
  const whole = new GrowthBudget(64 * MIB);
  const greedy = Array.from({ length: 10 }, () => new GrowthBudget(32 * MIB, whole));
  for (let round = 0; round < 50; round++) {
    for (const session of greedy) session.take(MIB, 0);
    assert(whole.used <= 64 * MIB);
  }
  const late = new GrowthBudget(32 * MIB, whole);
  const share = late.take(MIB, 0);
  assert(share > 64 * KIB, `something is left for who comes later: ${share}`);
  assertEquals(whole.used, greedy.reduce((sum, { used }) => sum + used, share));
  greedy[0]!.give(greedy[0]!.used);
  for (const session of greedy) session[Symbol.dispose]();
  greedy[1]!.give(1000);
  assertEquals(whole.used, share, "also if its streams give back later than that");
});
