import { assert, assertEquals, assertThrows } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { ProtocolError } from "../errors.ts";
import { pullAll, recordsOf, type TestEnd, testEnd } from "../../tests/resume/link_ends.ts";
import type { Link } from "./link.ts";
import { encodeRecord, readU64, RecordType, writeU64 } from "./record.ts";

const { data, ack, ping, pong, close } = RecordType;

function number(type: number, value: number): Uint8Array {
  const payload = new Uint8Array(8);
  writeU64(payload, 0, value);
  return encodeRecord(type, payload);
}

function typesOf(bytes: Uint8Array): number[] {
  return recordsOf(bytes).map(({ type }) => type);
}

/** Moves everything both ways until nobody has anything to say. */
function exchange(a: TestEnd, b: TestEnd, now: number): void {
  for (;;) {
    const ab = pullAll(a.link, now);
    if (ab.length > 0) b.link.receive(ab, now);
    const ba = pullAll(b.link, now);
    if (ba.length > 0) a.link.receive(ba, now);
    if (ab.length === 0 && ba.length === 0) return;
  }
}

function attachedPair(resend = 16 * 1024 * 1024): { a: TestEnd; b: TestEnd } {
  const a = testEnd({ resend }, resend);
  const b = testEnd({ resend }, resend);
  a.link.attach(0);
  b.link.attach(0);
  exchange(a, b, 0);
  return { a, b };
}

/** `length` bytes of the test stream from `offset`, as one record. */
function dataRecord(offset: number, length: number): Uint8Array {
  const source = testEnd();
  source.user.produced = offset;
  source.user.pending = length;
  const payload = new Uint8Array(length);
  source.user.fill(payload);
  return encodeRecord(data, payload);
}

function violationOf(link: Link, bytes: Uint8Array, now = 0): string {
  return assertThrows(() => link.receive(bytes, now), ProtocolError).code;
}

/** One direction of a wire: what was written and not yet delivered. */
class Wire {
  #bytes: number[] = [];
  write(bytes: Uint8Array): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }
  read(most: number): Uint8Array {
    return new Uint8Array(this.#bytes.splice(0, most));
  }
  drop(): void {
    this.#bytes = [];
  }
}

for (const resend of [64 * 1024, 300 * 1024, 16 * 1024 * 1024]) {
  Deno.test(`Two links of ${resend} bytes lose, double and reorder nothing, whatever is cut`, () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new SeededRandom(seed);
      const ends = [testEnd({ resend }, resend), testEnd({ resend }, resend)] as const;
      const wires = [new Wire(), new Wire()] as const;
      /** A write that the transport has not taken, of each end. */
      const pending: (Uint8Array | undefined)[] = [undefined, undefined];
      let now = 0;
      ends.forEach(({ link }) => link.attach(now));
      const step = (i: 0 | 1): void => {
        const [me, wire] = [ends[i], wires[i]];
        if (random.chance(0.3)) me.user.pending += random.sizeFrom(1, 50_000);
        if (pending[i] !== undefined) {
          // The write ends: its bytes are looked at only now, as a transport may do.
          if (random.chance(0.7)) {
            wire.write(pending[i]!);
            pending[i] = undefined;
            me.link.wrote();
          }
        } else {
          pending[i] = me.link.pull(now);
        }
        const bytes = wires[1 - i]!.read(random.sizeFrom(1, 60_000));
        if (bytes.length > 0) me.link.receive(bytes, now);
        assert(me.link.held <= resend, `holds ${me.link.held}`);
        assertEquals(me.link.held, me.pool.lent);
      };
      const cut = (): void => {
        for (const i of [0, 1] as const) {
          // Some of a write under way arrives, and some of what is on its way does not.
          const write = pending[i];
          if (write !== undefined) wires[i].write(write.subarray(0, random.below(write.length)));
          pending[i] = undefined;
        }
        for (const i of [0, 1] as const) {
          const late = wires[1 - i]!.read(random.sizeFrom(1, 200_000));
          if (late.length > 0) ends[i].link.receive(late, now);
          wires[1 - i]!.drop();
        }
        ends.forEach(({ link }) => link.detach());
        const [a, b] = [ends[0].link, ends[1].link];
        assert(a.canResumeAt(b.received) && b.canResumeAt(a.received));
        a.attach(now, b.received);
        b.attach(now, a.received);
      };
      for (let round = 0; round < 1200; round++) {
        now += random.below(20);
        step(0);
        step(1);
        if (random.chance(0.04)) cut();
        if (random.chance(0.1)) ends.forEach(({ link }) => link.tick(now));
      }
      for (const { user } of ends) assert(user.produced > 100_000);
      const isDone = () =>
        ends.every(({ user, link }, i) =>
          user.pending === 0 && ends[1 - i]!.user.taken === user.produced && link.held === 0
        );
      for (let round = 0; !isDone(); round++) {
        assert(round < 5000, "stuck");
        now += 20;
        ends.forEach(({ link }) => link.tick(now));
        for (const i of [0, 1] as const) {
          if (pending[i] !== undefined) {
            wires[i].write(pending[i]!);
            pending[i] = undefined;
            ends[i].link.wrote();
          }
          wires[i].write(pullAll(ends[i].link, now));
          const bytes = wires[1 - i]!.read(10_000_000);
          if (bytes.length > 0) ends[i].link.receive(bytes, now);
        }
      }
    }
  });
}

Deno.test("A write keeps its bytes until it ends, also when the peer has acknowledged them", () => {
  const { a, b } = attachedPair();
  a.user.pending = 100_000;
  const written = a.link.pull(0)!;
  const before = written.slice();
  b.link.receive(before, 0);
  a.link.receive(pullAll(b.link, 2000), 2000);
  a.link.receive(number(ack, a.link.sent.produced), 2000);
  assert(a.pool.lent > 0, "the block under the write was given back");
  assertEquals(written, before);
  a.link.wrote();
  assertEquals(a.pool.lent, 0);
});

Deno.test("What headers have taken the place of during a write is sent again as it was", () => {
  const { a } = attachedPair();
  a.user.pending = 5000;
  pullAll(a.link, 0);
  // The second piece lies behind the first, whose end its header is written over.
  a.user.pending = 100;
  a.link.receive(number(ping, 9), 0);
  const second = a.link.pull(0)!;
  assertEquals(typesOf(second), [pong, data]);
  a.link.detach();
  const fresh = testEnd();
  fresh.link.attach(0);
  a.link.attach(0, 0);
  fresh.link.receive(pullAll(a.link, 0), 0);
  assertEquals(fresh.user.taken, 5100);
});

Deno.test("A block under a write on a lost transport is lent to nobody else", () => {
  const { a } = attachedPair();
  a.user.pending = 100;
  const written = a.link.pull(0)!;
  a.link.detach();
  a.link.attach(0, 100);
  assertEquals(a.pool.lent, 0);
  for (let i = 0; i < 20; i++) {
    assert(a.pool.take(100, 0, 65_536)!.buffer !== written.buffer);
  }
});

Deno.test("An ended link gives all its memory back, and takes and says nothing more", () => {
  const { a } = attachedPair();
  a.user.pending = 200_000;
  a.link.pull(0);
  a.link.end();
  assertEquals([a.link.held, a.pool.lent], [0, 0]);
  assertEquals(a.link.pull(0), undefined);
  a.link.wrote();
  a.link.receive(Uint8Array.of(0), 0);
  assertEquals(a.link.tick(1_000_000), { kind: "alive", ms: Infinity });
});

Deno.test("ACKs of what was never sent, or less than before, are refused", () => {
  const { a } = attachedPair();
  a.user.pending = 1000;
  const first = a.link.pull(0)!;
  assertEquals(typesOf(first), [data]);
  a.link.wrote();
  a.link.receive(number(ack, 700), 0);
  for (const offset of [1001, 699, 0, 2 ** 53, 2 ** 53 - 1]) {
    assertEquals(violationOf(a.link, number(ack, offset)), "bad_ack", `${offset}`);
  }
  const most = encodeRecord(ack, new Uint8Array(8).fill(0xff));
  assertEquals(violationOf(a.link, most), "bad_ack");
  a.link.receive(number(ack, 700), 0);
  a.link.receive(number(ack, 1000), 0);
  assertEquals(a.link.sent, { produced: 1000, acknowledged: 1000 });
});

Deno.test("After a resume an ACK of what was not sent again is refused", () => {
  const { a } = attachedPair();
  a.user.pending = 1000;
  pullAll(a.link, 0);
  a.link.detach();
  a.link.attach(0, 200);
  assertEquals(violationOf(a.link, number(ack, 500)), "bad_ack");
});

Deno.test("A peer can stand only where it has acknowledged to stand, up to what was handed out", () => {
  const { a } = attachedPair();
  a.user.pending = 1000;
  pullAll(a.link, 0);
  a.link.receive(number(ack, 300), 0);
  const possible = [299, 300, 1000, 1001, -1, NaN, Infinity, 2 ** 53].map((offset) =>
    a.link.canResumeAt(offset)
  );
  assertEquals(possible, [false, true, true, false, false, false, false, false]);
  a.link.detach();
  a.link.attach(0, 600);
  assert(!a.link.canResumeAt(599));
  assert(a.link.canResumeAt(1000), "it was sent before, if not on this transport");
});

Deno.test("Handshake records after the handshake are refused", () => {
  for (const type of [0xf0, 0xf1, 0xf2, 0xf3, 0xf4]) {
    const { a } = attachedPair();
    assertEquals(violationOf(a.link, encodeRecord(type, new Uint8Array(4))), "bad_record");
  }
});

Deno.test("A PONG brings back the eight bytes of the PING", () => {
  const { a } = attachedPair();
  const payload = Uint8Array.of(255, 254, 253, 252, 251, 250, 249, 248);
  a.link.receive(encodeRecord(ping, payload), 0);
  assertEquals(recordsOf(pullAll(a.link, 0)), [{ type: pong, payload }]);
  assertEquals(pullAll(a.link, 0).length, 0);
});

Deno.test("Many PINGs before a write are answered by one PONG, to the last", () => {
  const { a } = attachedPair();
  for (let i = 1; i <= 20; i++) a.link.receive(number(ping, i), 0);
  const [only, ...more] = recordsOf(pullAll(a.link, 0));
  assertEquals([only!.type, readU64(only!.payload, 0), more.length], [pong, 20, 0]);
});

Deno.test("A flood of PINGs is excess, a PING a second is not", () => {
  const { a } = attachedPair();
  for (let i = 0; i < 600; i++) {
    a.link.receive(number(ping, i), i * 1000);
    pullAll(a.link, i * 1000);
  }
  for (let i = 0; i < 64; i++) a.link.receive(number(ping, i), 600_000);
  assertEquals(violationOf(a.link, number(ping, 64), 600_000), "excess");
});

Deno.test("PONGs that nobody asked for change nothing", () => {
  const { a } = attachedPair();
  const before = a.link.roundTripMs;
  for (const value of [0, 1, 2, 2 ** 53]) a.link.receive(number(pong, value), 50);
  assertEquals(a.link.roundTripMs, before);
});

Deno.test("The round trip is measured at once on every transport", () => {
  const a = testEnd();
  a.link.attach(1000);
  const [first] = recordsOf(pullAll(a.link, 1000));
  assertEquals(first!.type, ping);
  assertEquals(a.link.roundTripMs, Infinity);
  a.link.receive(encodeRecord(pong, first!.payload), 1042);
  assertEquals(a.link.roundTripMs, 42);
  a.link.detach();
  a.link.attach(2000, 0);
  assertEquals(a.link.roundTripMs, Infinity);
});

Deno.test("Received bytes are acknowledged after 128 KiB, at once", () => {
  const { a } = attachedPair();
  a.link.receive(dataRecord(0, 128 * 1024 - 1), 0);
  assertEquals(pullAll(a.link, 0).length, 0);
  a.link.receive(dataRecord(128 * 1024 - 1, 1), 0);
  assertEquals(recordsOf(pullAll(a.link, 0)), recordsOf(number(ack, 128 * 1024)));
});

Deno.test("On a slow line received bytes are acknowledged after 32 KiB", () => {
  const { a } = attachedPair();
  a.link.receive(dataRecord(0, 32 * 1024 - 1), 10);
  assertEquals(pullAll(a.link, 10).length, 0);
  a.link.receive(dataRecord(32 * 1024 - 1, 1), 11);
  assertEquals(recordsOf(pullAll(a.link, 11)), recordsOf(number(ack, 32 * 1024)));
});

Deno.test("On a fast line 32 KiB are acknowledged when the line falls silent", () => {
  const { a } = attachedPair();
  a.link.receive(dataRecord(0, 32 * 1024), 10);
  assertEquals(typesOf(pullAll(a.link, 10)), [ack]);
  a.link.receive(dataRecord(32 * 1024, 96 * 1024), 10.9);
  assertEquals(pullAll(a.link, 10.9).length, 0);
  assertEquals(a.link.acknowledgeAt, 14);
  assertEquals(recordsOf(pullAll(a.link, 14)), recordsOf(number(ack, 128 * 1024)));
});

Deno.test("A peer with little resend memory is acknowledged after a quarter of it", () => {
  const a = testEnd({}, 64 * 1024);
  a.link.attach(0);
  pullAll(a.link, 0);
  a.link.receive(dataRecord(0, 16 * 1024 - 1), 0);
  assertEquals(pullAll(a.link, 0).length, 0);
  a.link.receive(dataRecord(16 * 1024 - 1, 1), 0);
  assertEquals(typesOf(pullAll(a.link, 0)), [ack]);
});

Deno.test("An acknowledgement rides with whatever is written next", () => {
  const { a } = attachedPair();
  a.link.receive(dataRecord(0, 1), 0);
  a.user.pending = 10;
  assertEquals(typesOf(pullAll(a.link, 0)), [ack, data]);
  a.link.receive(dataRecord(1, 1), 0);
  a.link.receive(number(ping, 1), 0);
  assertEquals(typesOf(pullAll(a.link, 0)), [ack, pong]);
});

Deno.test("An acknowledgement that nothing takes along goes after a second", () => {
  const { a } = attachedPair();
  a.link.receive(dataRecord(0, 1), 500);
  a.link.receive(dataRecord(1, 1), 900);
  assertEquals(a.link.acknowledgeAt, 1500);
  assertEquals(a.link.tick(900), { kind: "alive", ms: 600 });
  assertEquals(pullAll(a.link, 1499).length, 0);
  assertEquals(recordsOf(pullAll(a.link, 1500)), recordsOf(number(ack, 2)));
  assertEquals(a.link.acknowledgeAt, Infinity);
  assertEquals(pullAll(a.link, 5000).length, 0);
});

Deno.test("A new transport starts without old acknowledgements, pings and pongs", () => {
  const { a } = attachedPair();
  a.link.receive(dataRecord(0, 200_000), 0);
  a.link.receive(number(ping, 77), 0);
  a.link.detach();
  a.link.attach(0, 0);
  assertEquals(typesOf(pullAll(a.link, 0)), [ping]);
  assertEquals(a.link.acknowledgeAt, Infinity);
});

Deno.test("A link counts what it sends again, and only that", () => {
  const { a } = attachedPair();
  a.user.pending = 5_000;
  pullAll(a.link, 0);
  assertEquals(a.link.resent, 0);
  a.link.detach();
  a.link.attach(0, 2_000);
  a.user.pending = 1_000;
  pullAll(a.link, 0);
  assertEquals(a.link.resent, 3_000);
  a.link.detach();
  a.link.attach(0, 6_000);
  pullAll(a.link, 0);
  assertEquals(a.link.resent, 3_000);
});

Deno.test("A record that a cut has broken off does not reach into the next transport", () => {
  const { a } = attachedPair();
  a.link.receive(dataRecord(0, 100).subarray(0, 54), 0);
  assertEquals(a.link.received, 50);
  a.link.detach();
  a.link.attach(0, 0);
  a.link.receive(dataRecord(50, 10), 0);
  assertEquals(a.link.received, 60);
});

Deno.test("An idle link holds no resend memory", () => {
  const { a, b } = attachedPair();
  a.user.pending = 1_000_000;
  exchange(a, b, 10);
  exchange(a, b, 1020);
  assertEquals([a.user.pending, a.pool.lent, b.user.taken], [0, 0, 1_000_000]);
});

Deno.test("Not more than 256 KiB is on its way before the path is known", () => {
  const a = testEnd();
  a.link.attach(0);
  a.user.pending = 10_000_000;
  pullAll(a.link, 0);
  assertEquals(a.link.sent.produced, 256 * 1024);
});

Deno.test("A link of 64 KiB whose writes are tiny fills its memory, and goes on with every ACK", () => {
  const { a, b } = attachedPair(64 * 1024);
  let written = 0;
  for (let now = 0; now < 200; now++) {
    const wire: Uint8Array[] = [];
    for (let i = 0; i < 200; i++) {
      a.user.pending += 7;
      written += 7;
      wire.push(pullAll(a.link, now));
    }
    assert(a.pool.lent <= 64 * 1024);
    for (const bytes of wire) if (bytes.length > 0) b.link.receive(bytes, now);
    exchange(a, b, now);
  }
  exchange(a, b, 2000);
  assertEquals([b.user.taken, a.pool.lent], [written, 0]);
});

Deno.test("A CLOSE goes out before everything else, once, and is the last thing", () => {
  const { a, b } = attachedPair();
  a.user.pending = 1000;
  a.link.close("token_expired", "Come back with another");
  a.link.close("normal", "not heard");
  const bytes = pullAll(a.link, 0);
  assertEquals(typesOf(bytes), [close]);
  assertEquals(a.link.pull(0), undefined);
  b.link.receive(Uint8Array.of(...bytes, ...dataRecord(0, 10)), 0);
  assertEquals(b.user.closes, [{ code: "token_expired", reason: "Come back with another" }]);
  assertEquals(b.user.taken, 0);
});

Deno.test("A CLOSE with a code from the future and broken text is still a CLOSE", () => {
  const { a } = attachedPair();
  a.link.receive(encodeRecord(close, Uint8Array.of(0xff, 0xff, 0xc3)), 0);
  assertEquals(a.user.closes, [{ code: "internal", reason: "\ufffd" }]);
});

Deno.test("Silence brings a PING after ten seconds and the end after fifteen", () => {
  const { a } = attachedPair();
  assertEquals(a.link.tick(0), { kind: "alive", ms: 10_000 });
  assertEquals(pullAll(a.link, 9999).length, 0);
  assertEquals(a.link.tick(10_000), { kind: "alive", ms: 5000 });
  assertEquals(typesOf(pullAll(a.link, 10_000)), [ping]);
  assertEquals(a.link.tick(14_999), { kind: "alive", ms: 1 });
  assertEquals(a.link.tick(15_000), { kind: "dead" });
});

Deno.test("A single byte of a record is a sign of life", () => {
  const { a } = attachedPair();
  const record = dataRecord(0, 1);
  for (let i = 0; i < record.length; i++) {
    const now = (i + 1) * 14_999;
    assertEquals(a.link.tick(now).kind, "alive");
    a.link.receive(record.subarray(i, i + 1), now);
  }
});
