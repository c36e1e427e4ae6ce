import { assertEquals } from "@std/assert";
import { ANN, BOB, by } from "../../tests/support/lease_fixture.ts";
import type { LeaseRecord } from "./lease_store.ts";
import { endedRecord, grantedRecord, type RecordContext, reservedRecord } from "./next_record.ts";

const NOW = 1_767_225_600_000;
const CONTEXT: RecordContext = { kind: "http", floor: 0, now: NOW };

function claim(nonce: string | null) {
  return { ...by(ANN, "a"), name: "app", nonce };
}

function granted(nonce: string | null, before: LeaseRecord | null, floor = 0): LeaseRecord {
  return grantedRecord(before, claim(nonce), "new", { ...CONTEXT, floor });
}

Deno.test("grantedRecord() takes its first generation from the clock", () => {
  assertEquals(granted("n1", null), {
    kind: "http",
    name: "app",
    owner: ANN,
    generation: NOW,
    nonces: ["n1"],
    tag: null,
    live: true,
    usedAt: NOW,
  });
});

Deno.test("grantedRecord() raises the generation above the last and above the floor", () => {
  const first = granted(null, null);
  assertEquals(granted(null, first).generation, NOW + 1);
  assertEquals(granted(null, first, NOW + 7).generation, NOW + 8);
});

Deno.test("grantedRecord() of a repeated claim keeps generation and nonces", () => {
  const first = granted("n1", null);
  const again = grantedRecord(first, claim("n1"), "repeat", { ...CONTEXT, now: NOW + 5 });
  assertEquals(again, { ...first, usedAt: NOW + 5 });
});

Deno.test("grantedRecord() keeps four nonces, and an empty one for what is none", () => {
  let record: LeaseRecord | null = null;
  for (const nonce of ["n1", "n2", null, "not a nonce", "n5"]) record = granted(nonce, record);
  assertEquals(record?.nonces, ["n5", "", "", "n2"]);
});

Deno.test("reservedRecord() changes nothing for the owner but that the name is reserved", () => {
  const before = granted("n1", null);
  assertEquals(reservedRecord(before, "app", ANN, CONTEXT), { ...before, reserved: true });
});

Deno.test("reservedRecord() takes the name from whoever had it, and raises no generation", () => {
  const before = granted("n1", null);
  const { owner, generation, nonces } = reservedRecord(before, "app", BOB, CONTEXT);
  assertEquals({ owner, generation, nonces }, {
    owner: BOB,
    generation: before.generation,
    nonces: ["", "n1"],
  });
});

Deno.test("endedRecord() protects nobody's name, reserved or not", () => {
  const reserved = reservedRecord(null, "app", ANN, CONTEXT);
  const ended = endedRecord(reserved, NOW + 1);
  assertEquals(ended.live, false);
  assertEquals(ended.usedAt, NOW + 1);
  assertEquals("reserved" in ended, false);
});
