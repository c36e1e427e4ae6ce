import { assert, assertEquals } from "@std/assert";
import { collectGarbage } from "../../tests/support/collect_garbage.ts";
import { type CapReason, ConnectionCaps, type Occupant, type Seat } from "./connection_caps.ts";

/** Somebody whose connection a test can look at. */
class Visitor implements Occupant {
  isEvicted = false;
  isIdle: boolean;

  constructor(isIdle: boolean) {
    this.isIdle = isIdle;
  }

  evict(): void {
    this.isEvicted = true;
  }
}

const busy = () => new Visitor(false);
const idle = () => new Visitor(true);

function caps(most: number, mostPerAddress = most): ConnectionCaps {
  return new ConnectionCaps({ most, mostPerAddress, isShared: (ip) => ip === "127.0.0.1" });
}

function outcome(seat: Seat | CapReason): string {
  return typeof seat === "string" ? seat : "seat";
}

Deno.test("ConnectionCaps count in total and for each address", () => {
  const some = caps(5, 2);
  const rows: [ip: string, expected: string][] = [
    ["192.0.2.1", "seat"],
    ["192.0.2.1", "seat"],
    ["192.0.2.1", "connections_per_ip"],
    ["::ffff:192.0.2.1", "connections_per_ip"],
    ["2001:db8::1", "seat"],
    ["2001:db8::2:1", "seat"],
    ["2001:db8:0:0:ffff::", "connections_per_ip"],
    ["2001:db8:0:1::1", "seat"],
    ["192.0.2.2", "connections"],
  ];
  for (const [ip, expected] of rows) assertEquals(outcome(some.take(ip, busy())), expected, ip);
  assertEquals(some.taken, 5);
});

Deno.test("ConnectionCaps remember nobody who has left, however many come and go", async () => {
  const some = caps(1000);
  const VISITORS = 2_000;
  let remembered = VISITORS;
  const forgotten = new FinalizationRegistry(() => remembered--);
  // Ten are there at any time, so that the set is never empty when it is made anew.
  const present: Seat[] = [];
  for (let i = 0; i < VISITORS; i++) {
    const visitor = idle();
    forgotten.register(visitor, i);
    const seat = some.take("127.0.0.1", visitor);
    assert(typeof seat !== "string");
    present.push(seat);
    if (present.length > 10) present.shift()![Symbol.dispose]();
  }
  collectGarbage();
  // What is to be told of the collection is told in turns of the event loop.
  for (let turn = 0; turn < 100 && remembered > 20; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert(remembered <= 20, `${remembered} of ${VISITORS} are still there`);
  assertEquals(some.taken, 10);
});

Deno.test("ConnectionCaps give a seat back once, and keep nothing", () => {
  const some = caps(1);
  const seat = some.take("192.0.2.1", busy());
  assert(typeof seat !== "string");
  assertEquals(outcome(some.take("192.0.2.2", busy())), "connections");
  seat[Symbol.dispose]();
  seat[Symbol.dispose]();
  assertEquals([some.taken, some.addresses], [0, 0]);
  assertEquals(outcome(some.take("192.0.2.2", busy())), "seat");
});

Deno.test("An address that stands for many visitors has no cap of its own", () => {
  const some = caps(10, 1);
  for (let i = 0; i < 10; i++) assertEquals(outcome(some.take("127.0.0.1", busy())), "seat");
  assertEquals(outcome(some.take("127.0.0.1", busy())), "connections");
});

Deno.test("At the cap who is idle makes room, and who is busy never does", () => {
  const some = caps(4);
  const visitors = [busy(), idle(), busy(), idle()];
  for (const [i, visitor] of visitors.entries()) some.take(`192.0.2.${i}`, visitor);
  const fates = [0, 1, 2].map((i) => outcome(some.take(`198.51.100.${i}`, busy())));
  assertEquals(fates, ["seat", "seat", "connections"]);
  assertEquals(visitors.map(({ isEvicted }) => isEvicted), [false, true, false, true]);
  assertEquals(some.taken, 4);
});

Deno.test("At an address's cap its own idle connections make room, not those of others", () => {
  const some = caps(10, 2);
  const [other, own] = [idle(), idle()];
  some.take("198.51.100.1", other);
  some.take("192.0.2.1", own);
  some.take("192.0.2.1", busy());
  assertEquals(outcome(some.take("192.0.2.1", busy())), "seat");
  assertEquals([own.isEvicted, other.isEvicted], [true, false]);
});

Deno.test("An attack that fills all seats with idle connections locks nobody out", () => {
  const some = caps(1000, 100);
  for (let i = 0; i < 5_000; i++) some.take(`10.0.${i % 50}.1`, idle());
  assertEquals(some.taken, 1000);
  const guests = Array.from({ length: 500 }, busy);
  for (const [i, guest] of guests.entries()) {
    assertEquals(outcome(some.take(`192.0.2.${i % 250}`, guest)), "seat");
    some.take(`10.0.${i % 50}.1`, idle());
  }
  assertEquals(guests.some(({ isEvicted }) => isEvicted), false);
});

Deno.test("Looking for room is cheap when everybody is busy", () => {
  let looks = 0;
  const some = caps(10_000);
  const watched = {
    get isIdle() {
      looks++;
      return false;
    },
    evict() {},
  };
  for (let i = 0; i < 10_000; i++) some.take(`10.${i >> 8}.${i & 255}.1`, watched);
  looks = 0;
  for (let i = 0; i < 100; i++) {
    assertEquals(outcome(some.take("192.0.2.1", busy())), "connections");
  }
  assertEquals(looks, 6_400);
});
