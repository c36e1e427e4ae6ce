import { assert, assertEquals } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import {
  LEAST_IN_FLIGHT_BYTES,
  LEAST_IN_FLIGHT_IF_EARLY_BYTES,
  PathEstimate,
  QUIET_IN_FLIGHT_BYTES,
  ROUND_TRIP_LIFE_MS,
} from "./path_estimate.ts";

const MIB = 1024 * 1024;
const MOST = 16 * MIB;
/** What a peer may leave unacknowledged, and for how long. */
const ACKNOWLEDGE_BYTES = 128 * 1024;
const ACKNOWLEDGE_MS = 1000;
/** What one with our own rules leaves on a slow line. */
const EARLY_BYTES = 32 * 1024;
const PULL_BYTES = 128 * 1024;
/** What a receiver gets at a time. */
const PIECE_BYTES = 16 * 1024;

/**
 * A sender that always has more, a line of one rate and one delay, and a
 * receiver that acknowledges like a link; in steps of a millisecond.
 */
class SimulatedPath {
  now = 0;
  bytesPerMs: number;
  roundTripMs: number;
  /** Each end gets to do something so often. */
  turnMs = 1;
  /** The receiver acknowledges before it has to. */
  isEarly = false;
  readonly path: PathEstimate;
  #sent = 0;
  #acknowledged = 0;
  #lineFreeAt = 0;
  #arrivals: { at: number; offset: number }[] = [];
  #acks: { at: number; offset: number; pong: number | undefined }[] = [];
  #arrived = 0;
  #lastAck = 0;
  #lastAckAt = 0;
  #pingAt: number | undefined;
  #isQuiet = true;
  #mostInFlight = 0;

  constructor(bytesPerSecond: number, roundTripMs: number, most = MOST) {
    this.bytesPerMs = bytesPerSecond / 1000;
    this.roundTripMs = roundTripMs;
    this.path = new PathEstimate(0, most, 0);
    this.#ping(true);
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** The most that was on its way since this was asked last. */
  takeMostInFlight(): number {
    const most = this.#mostInFlight;
    this.#mostInFlight = 0;
    return most;
  }

  run(ms: number): void {
    for (const end = this.now + ms; this.now < end; this.now++) {
      if (this.now % this.turnMs === 0) {
        this.#receive();
        this.#takeAcks();
      }
      this.#send();
    }
  }

  #ping(isQuiet: boolean): void {
    this.#pingAt = this.now;
    this.#isQuiet = isQuiet;
    this.#lineFreeAt = Math.max(this.#lineFreeAt, this.now);
    this.#arrivals.push({ at: this.#lineFreeAt + this.roundTripMs / 2, offset: -1 });
  }

  #send(): void {
    if (this.path.isStale(this.now) && this.#pingAt === undefined) this.#ping(false);
    for (;;) {
      const room = Math.floor(this.path.allowance(this.now)) - (this.#sent - this.#acknowledged);
      const length = Math.min(room, PULL_BYTES);
      if (length < 512) break;
      this.#sent += length;
      this.path.onSent(this.#sent, true, this.now);
      this.#lineFreeAt = Math.max(this.#lineFreeAt, this.now);
      for (let left = length; left > 0;) {
        const piece = Math.min(left, PIECE_BYTES);
        left -= piece;
        this.#lineFreeAt += piece / this.bytesPerMs;
        const offset = this.#sent - left;
        this.#arrivals.push({ at: this.#lineFreeAt + this.roundTripMs / 2, offset });
      }
    }
    this.#mostInFlight = Math.max(this.#mostInFlight, this.#sent - this.#acknowledged);
  }

  #receive(): void {
    while (this.#arrivals.length > 0 && this.#arrivals[0]!.at <= this.now) {
      const { offset } = this.#arrivals.shift()!;
      if (offset < 0) this.#acknowledge(this.#pingAt);
      else this.#arrived = offset;
      const bytes = this.#arrived - this.#lastAck;
      if (bytes >= (this.isEarly ? EARLY_BYTES : ACKNOWLEDGE_BYTES)) this.#acknowledge();
    }
    const isLate = this.now - this.#lastAckAt >= ACKNOWLEDGE_MS;
    if (isLate && this.#arrived > this.#lastAck) this.#acknowledge();
  }

  #acknowledge(pong?: number): void {
    this.#lastAck = this.#arrived;
    this.#lastAckAt = this.now;
    this.#acks.push({ at: this.now + this.roundTripMs / 2, offset: this.#arrived, pong });
  }

  #takeAcks(): void {
    while (this.#acks.length > 0 && this.#acks[0]!.at <= this.now) {
      const { offset, pong } = this.#acks.shift()!;
      this.#acknowledged = Math.max(this.#acknowledged, offset);
      this.path.onAcknowledged(offset, this.now);
      this.path.onRead(true);
      if (pong === undefined) continue;
      this.#pingAt = undefined;
      if (this.#isQuiet) this.path.onRoundTrip(this.now - pong, this.now);
      else this.#ping(true);
    }
  }
}

for (const isEarly of [false, true]) {
  const peer = isEarly ? "a peer that acknowledges early" : "a peer that waits";
  for (
    const [mbit, roundTripMs] of [
      [5, 40],
      [20, 50],
      [100, 20],
      [200, 2],
      [200, 100],
      [400, 10],
    ] as const
  ) {
    Deno.test(`A path of ${mbit} Mbit/s and ${roundTripMs} ms to ${peer} is found, filled and not flooded`, () => {
      const rate = mbit * 125_000;
      const path = new SimulatedPath(rate, roundTripMs);
      path.isEarly = isEarly;
      path.run(5000);
      const before = path.acknowledged;
      path.takeMostInFlight();
      path.run(5000);
      const goodput = (path.acknowledged - before) / 5;
      assert(goodput > 0.9 * rate, `${goodput} of ${rate} bytes/s`);
      const measured = path.path.bytesPerSecond;
      assert(measured > 0.9 * rate && measured < 1.25 * rate, `${measured} of ${rate} bytes/s`);
      const needed = rate * roundTripMs / 1000;
      const mostInFlight = path.takeMostInFlight();
      const least = isEarly
        ? Math.max(LEAST_IN_FLIGHT_IF_EARLY_BYTES, 0.0055 * rate)
        : LEAST_IN_FLIGHT_BYTES;
      const bound = Math.max(least, 2.7 * needed);
      assert(mostInFlight <= bound, `${mostInFlight} in flight where ${needed} fill the path`);
    });
  }
}

Deno.test("A peer that no longer acknowledges early is given as much as it waits for", () => {
  const rate = 25_000_000;
  const path = new SimulatedPath(rate, 2);
  path.isEarly = true;
  path.run(3000);
  assert(path.path.allowance(path.now) < 128 * 1024);
  path.isEarly = false;
  path.run(5000);
  const before = path.acknowledged;
  path.run(5000);
  const goodput = (path.acknowledged - before) / 5;
  assert(goodput > 0.9 * rate, `${goodput} of ${rate} bytes/s`);
});

Deno.test("A short path of which little was needed is filled again when its rate rises", () => {
  const path = new SimulatedPath(25_000_000, 2);
  path.isEarly = true;
  path.run(3000);
  path.bytesPerMs = 125_000;
  path.run(2000);
  const before = path.acknowledged;
  path.run(2000);
  const goodput = (path.acknowledged - before) / 2;
  assert(goodput > 0.85 * 125_000_000, `${goodput} bytes/s`);
});

Deno.test("A fast, long path is filled within five round trips, also by busy machines", () => {
  const [rate, roundTripMs] = [62_500_000, 50];
  const path = new SimulatedPath(rate, roundTripMs);
  path.turnMs = 20;
  path.run(5 * roundTripMs);
  const before = path.acknowledged;
  path.run(1000);
  const reached = path.acknowledged - before;
  assert(reached > 0.9 * rate, `${reached}`);
});

Deno.test("No more than the limit is ever allowed", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new SeededRandom(seed);
    const most = random.sizeFrom(64 * 1024, MOST);
    const path = new PathEstimate(0, most, 0);
    let [sent, acknowledged, now] = [0, 0, 0];
    for (let step = 0; step < 2000; step++) {
      now += random.sizeFrom(1, 5000) - 1;
      const dice = random.fraction();
      if (dice < 0.4) path.onSent(sent += random.sizeFrom(1, 131_072), random.chance(0.5), now);
      else if (dice < 0.9) {
        acknowledged += random.below(sent - acknowledged + 1);
        path.onAcknowledged(acknowledged, now);
        path.onRead(random.chance(0.9));
      } else path.onRoundTrip(random.sizeFrom(1, 60_000) - 1, now);
      const allowed = path.allowance(now);
      assert(allowed <= most, `${allowed} of ${most}`);
      assert(allowed >= Math.min(QUIET_IN_FLIGHT_BYTES, most), `${allowed}`);
      assert(Number.isFinite(path.bytesPerSecond));
    }
  }
});

Deno.test("A sender who has little to send does not make the path look slow", () => {
  const path = new SimulatedPath(12_500_000, 20);
  path.run(3000);
  const { path: estimate } = path;
  const known = estimate.bytesPerSecond;
  let offset = path.acknowledged + 10 * MIB;
  for (let second = 0; second < 20; second++) {
    const now = path.now + second * 1000;
    estimate.onSent(offset += 40_000, false, now);
    estimate.onAcknowledged(offset, now + 30);
  }
  assert(estimate.bytesPerSecond >= 0.9 * known);
});

Deno.test("A path whose rate drops is noticed within three seconds", () => {
  const path = new SimulatedPath(12_500_000, 40);
  path.run(3000);
  path.bytesPerMs = 1250;
  path.run(3000);
  assert(path.path.bytesPerSecond < 1.5 * 1_250_000, `${path.path.bytesPerSecond}`);
});

Deno.test("A path whose rate rises is filled again within two seconds", () => {
  const path = new SimulatedPath(1_250_000, 40);
  path.run(3000);
  path.bytesPerMs = 12_500;
  path.run(2000);
  const before = path.acknowledged;
  path.run(2000);
  assert(path.acknowledged - before > 0.85 * 2 * 12_500_000, `${path.acknowledged - before}`);
});

Deno.test("A path that gets twenty times as long is filled again within 40 seconds", () => {
  const rate = 12_500_000;
  const path = new SimulatedPath(rate, 10);
  path.run(5000);
  path.roundTripMs = 200;
  path.run(40_000);
  assert(path.path.roundTripMs >= 200, `${path.path.roundTripMs} ms`);
  const before = path.acknowledged;
  path.run(5000);
  const goodput = (path.acknowledged - before) / 5;
  assert(goodput > 0.8 * rate, `${goodput} of ${rate} bytes/s`);
});

Deno.test("A path that gets shorter is not flooded with what the longer one took", () => {
  const path = new SimulatedPath(12_500_000, 200);
  path.run(5000);
  path.roundTripMs = 10;
  path.run(ROUND_TRIP_LIFE_MS + 5000);
  path.takeMostInFlight();
  path.run(3000);
  assert(path.takeMostInFlight() <= 3 * LEAST_IN_FLIGHT_BYTES);
});

Deno.test("An old round trip lets the queue run empty for a new one", () => {
  const path = new PathEstimate(0, MOST, 0);
  path.onRoundTrip(20, 0);
  assertEquals(path.allowance(ROUND_TRIP_LIFE_MS), LEAST_IN_FLIGHT_BYTES);
  assert(!path.isStale(ROUND_TRIP_LIFE_MS));
  assert(path.isStale(ROUND_TRIP_LIFE_MS + 1));
  assertEquals(path.allowance(ROUND_TRIP_LIFE_MS + 1), QUIET_IN_FLIGHT_BYTES);
  path.onRoundTrip(25, ROUND_TRIP_LIFE_MS + 40);
  assertEquals(path.allowance(ROUND_TRIP_LIFE_MS + 40), LEAST_IN_FLIGHT_BYTES);
});

Deno.test("A round trip that surprises is asked about again soon, until it does not", () => {
  const path = new PathEstimate(0, MOST, 0);
  path.onRoundTrip(10, 0);
  for (let now = 40_000; now < 44_000; now += 2001) {
    path.onRoundTrip(200, now);
    assert(!path.isStale(now + 2000));
    assert(path.isStale(now + 2001));
  }
  path.onRoundTrip(200, 44_002);
  assertEquals(path.roundTripMs, 200);
  assert(!path.isStale(44_002 + ROUND_TRIP_LIFE_MS));
});

Deno.test("One ping that was delayed does not count, three do", () => {
  const path = new PathEstimate(0, MOST, 0);
  path.onRoundTrip(20, 0);
  path.onRoundTrip(500, 1);
  assertEquals(path.roundTripMs, 20);
  path.onRoundTrip(500, 2);
  path.onRoundTrip(500, 3);
  assertEquals(path.roundTripMs, 500);
});
