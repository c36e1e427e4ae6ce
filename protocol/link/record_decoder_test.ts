import { assertEquals, assertThrows } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { chunkings } from "../../tests/support/chunkings.ts";
import { ProtocolError } from "../errors.ts";
import { encodeRecord, RECORD_HEADER_BYTES, recordLengths, RecordType } from "./record.ts";
import { RecordDecoder, type RecordSink } from "./record_decoder.ts";

interface Taken {
  readonly type: number;
  readonly payload: number[];
}

/** Keeps what comes, with the pieces of DATA that follow each other put together. */
class Recorder implements RecordSink {
  readonly taken: Taken[] = [];
  readonly stopAt: number;

  constructor(stopAt = Infinity) {
    this.stopAt = stopAt;
  }

  onData(piece: Uint8Array): void {
    if (piece.length === 0) throw new Error("A piece of DATA must not be empty");
    const last = this.taken.at(-1);
    if (last?.type === RecordType.data) last.payload.push(...piece);
    else this.taken.push({ type: RecordType.data, payload: [...piece] });
  }

  onRecord(type: number, payload: Uint8Array): boolean {
    this.taken.push({ type, payload: [...payload] });
    return this.taken.length < this.stopAt;
  }
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

const TYPES = Object.values(RecordType);

function randomRecords(random: SeededRandom, most: number): { bytes: Uint8Array; taken: Taken[] } {
  const sink = new Recorder();
  const records: Uint8Array[] = [];
  for (let count = 1 + random.below(6); count > 0; count--) {
    const type = random.pick(TYPES);
    const [least, limit] = recordLengths(type)!;
    const payload = random.bytes(random.sizeFrom(least, Math.min(limit, most)));
    records.push(encodeRecord(type, payload));
    if (type === RecordType.data) sink.onData(payload);
    else sink.onRecord(type, payload);
  }
  return { bytes: concat(records), taken: sink.taken };
}

Deno.test("RecordDecoder takes generated records as they were made, however they are cut", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { bytes, taken } = randomRecords(new SeededRandom(seed), 60);
    for (const { name, pieces } of chunkings(bytes, { seed })) {
      const sink = new Recorder();
      const decoder = new RecordDecoder(sink);
      for (const piece of pieces) assertEquals(decoder.push(piece), piece.length);
      assertEquals(sink.taken, taken, `seed ${seed}, ${name}`);
      assertEquals(decoder.held, 0, `seed ${seed}, ${name}`);
    }
  }
});

Deno.test("RecordDecoder takes records of the largest size, however they are cut", () => {
  for (const type of TYPES) {
    const [, most] = recordLengths(type)!;
    const payload = new SeededRandom(type).bytes(Math.min(most, 20_000));
    const bytes = encodeRecord(type, payload);
    for (const { name, pieces } of chunkings(bytes, { everySplitUpTo: 0 })) {
      const sink = new Recorder();
      const decoder = new RecordDecoder(sink);
      for (const piece of pieces) decoder.push(piece);
      assertEquals(sink.taken, [{ type, payload: [...payload] }], `type ${type}, ${name}`);
    }
  }
});

Deno.test("RecordDecoder stops behind the record at which it is told to", () => {
  const first = encodeRecord(RecordType.hello, Uint8Array.of(1, 2, 3));
  const trailing = Uint8Array.of(RecordType.data, 0, 0, 1, 9);
  for (const { name, pieces } of chunkings(first, { trailing })) {
    const sink = new Recorder(1);
    const decoder = new RecordDecoder(sink);
    let used = 0;
    for (const piece of pieces) used += decoder.push(piece);
    assertEquals(used, first.length, name);
    assertEquals(sink.taken, [{ type: RecordType.hello, payload: [1, 2, 3] }], name);
    decoder.push(trailing);
    assertEquals(sink.taken.at(-1), { type: RecordType.data, payload: [9] }, name);
  }
});

Deno.test("RecordDecoder refuses every length outside of what a type allows, at its header", () => {
  for (const type of TYPES) {
    const [least, most] = recordLengths(type)!;
    for (const length of [0, least - 1, most + 1, 0xff_ffff]) {
      if (length >= least && length <= most || length < 0) continue;
      const header = Uint8Array.of(type, length >>> 16, length >>> 8, length);
      for (const { name, pieces } of chunkings(header, { trailing: Uint8Array.of(1, 2, 3) })) {
        const sink = new Recorder();
        const decoder = new RecordDecoder(sink);
        const error = assertThrows(() => {
          for (const piece of pieces) decoder.push(piece);
        }, ProtocolError);
        assertEquals(error.code, "bad_record", `type ${type}, length ${length}, ${name}`);
        assertEquals(sink.taken, []);
        assertEquals(decoder.held <= RECORD_HEADER_BYTES, true);
      }
    }
  }
});

Deno.test("RecordDecoder refuses an unknown type at its first byte", () => {
  const known = new Set<number>(TYPES);
  for (let type = 0; type < 256; type++) {
    if (known.has(type)) continue;
    const decoder = new RecordDecoder(new Recorder());
    const error = assertThrows(() => decoder.push(Uint8Array.of(type)), ProtocolError);
    assertEquals(error.code, "bad_record");
  }
});

Deno.test("RecordDecoder holds no more than the record under way", () => {
  const decoder = new RecordDecoder(new Recorder());
  const record = encodeRecord(RecordType.hello, new Uint8Array(16 * 1024));
  decoder.push(record.subarray(0, 1000));
  assertEquals(decoder.held, 1000);
  decoder.push(record.subarray(1000));
  assertEquals(decoder.held, 0);
  decoder.push(encodeRecord(RecordType.data, new Uint8Array(1024 * 1024)).subarray(0, -1));
  assertEquals(decoder.held, RECORD_HEADER_BYTES);
});

Deno.test("RecordDecoder answers garbage with records or bad_record and nothing else", () => {
  const random = new SeededRandom(7);
  for (let round = 0; round < 2000; round++) {
    const decoder = new RecordDecoder(new Recorder());
    const garbage = random.bytes(random.sizeFrom(1, 300));
    if (random.chance(0.5)) garbage[0] = random.pick(TYPES);
    if (random.chance(0.5)) garbage[1] = 0;
    try {
      decoder.push(garbage);
    } catch (error) {
      assertEquals((error as ProtocolError).code, "bad_record");
    }
  }
});
