import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { chunkings } from "../../tests/support/chunkings.ts";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import {
  dataFrame,
  type DecodedFrame,
  encodeDecoded,
  FrameRecorder,
  rawFrame,
} from "../../tests/support/mux_raw.ts";
import { ProtocolError } from "../errors.ts";
import { FIN, frameRule, FrameType } from "./frame.ts";
import { FrameDecoder } from "./frame_decoder.ts";

type Role = "server" | "client";

const TYPES: readonly number[] = [...Object.values(FrameType), 0x80, 0xff];

/** A frame that `sender` may send. */
function legalFrame(random: SeededRandom, sender: Role, most: number): DecodedFrame {
  const types = TYPES.filter((type) => {
    const rule = frameRule(type)!;
    return rule.sender === "both" || rule.sender === sender;
  });
  const type = random.pick(types);
  const rule = frameRule(type)!;
  const named = rule.stream || type >= 0x80;
  const fin = rule.fin === "must" || (rule.fin === "may" && random.chance(0.5));
  const least = type === FrameType.data && !fin ? 1 : rule.least;
  const length = Math.min(rule.most, least + random.size(most));
  return {
    type,
    fin,
    slot: named ? random.between(0, 0xffff) : 0,
    generation: named ? random.between(0, 0xff) : 0,
    payload: random.bytes(length),
  };
}

function decode(pieces: readonly Uint8Array[], peer: Role): DecodedFrame[] {
  const recorder = new FrameRecorder();
  const decoder = new FrameDecoder(recorder, peer);
  for (const piece of pieces) decoder.push(piece);
  assertEquals(decoder.held, 0);
  return recorder.frames;
}

Deno.test("FrameDecoder gives back every frame that is encoded, however it is cut", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SeededRandom(seed);
    const peer = random.pick<Role>(["server", "client"]);
    const frames = Array.from({ length: random.between(1, 6) }, () => legalFrame(random, peer, 60));
    const bytes = concat(frames.map(encodeDecoded));
    for (const { name, pieces } of chunkings(bytes, { seed })) {
      assertEquals(decode(pieces, peer), frames, `seed ${seed}, ${name}`);
    }
  }
});

Deno.test("FrameDecoder takes frames as long as their types allow", () => {
  for (const type of TYPES) {
    const { most, sender, fin } = frameRule(type)!;
    const peer = sender === "both" ? "server" : sender;
    const payload = new Uint8Array(most).fill(7);
    const frame = rawFrame(type, { flags: fin === "must" ? FIN : 0, payload });
    for (const { name, pieces } of chunkings(frame, { everySplitUpTo: 0, random: 2 })) {
      if (name === "byte by byte") continue;
      const [decoded, ...more] = decode(pieces, peer);
      assertEquals([decoded?.type, decoded?.payload.length, more.length], [type, most, 0], name);
    }
  }
});

Deno.test("FrameDecoder leaves what follows a frame for the next frame", () => {
  const frame = dataFrame(5, { slot: 1 });
  const next = dataFrame(3, { slot: 2, flags: FIN });
  for (let kept = 0; kept < next.length; kept++) {
    const recorder = new FrameRecorder();
    const decoder = new FrameDecoder(recorder, "client");
    decoder.push(concat([frame, next.subarray(0, kept)]));
    assertEquals(recorder.frames.length, 1);
    decoder.push(next.subarray(kept));
    assertEquals(recorder.frames.map(({ slot }) => slot), [1, 2]);
  }
});

Deno.test("FrameDecoder refuses a frame by its header, before anything of it is kept", () => {
  const random = new SeededRandom(1);
  for (let type = 0; type < 0x100; type++) {
    for (let round = 0; round < 20; round++) {
      const flags = random.pick([0, 0, FIN, random.between(0, 255)]);
      const length = random.pick([0, 1, 2, 4, random.size(0xff_ffff), 0xff_ffff]);
      const name = random.pick([0, random.between(0, 255)]);
      const peer = random.pick<Role>(["server", "client"]);
      const recorder = new FrameRecorder();
      const decoder = new FrameDecoder(recorder, peer);
      const header = rawFrame(type, { flags, slot: name, generation: name, length });
      const rule = frameRule(type);
      const fin = flags === FIN;
      const legal = rule !== undefined && length <= rule.most &&
        (type >= 0x80 || (length >= rule.least && flags <= FIN && (rule.stream || name === 0) &&
          (rule.sender === "both" || rule.sender === peer) &&
          (rule.fin === "may" || fin === (rule.fin === "must")) &&
          (type !== FrameType.data || length > 0 || fin)));
      const what = `type ${type} flags ${flags} length ${length} name ${name} from ${peer}`;
      decoder.push(header.subarray(0, 7));
      if (legal) {
        decoder.push(header.subarray(7));
        continue;
      }
      assertThrows(() => decoder.push(header.subarray(7)), ProtocolError, undefined, what);
      assert(decoder.held <= header.length, what);
      assertEquals(recorder.frames, [], what);
    }
  }
});

Deno.test("FrameDecoder keeps one frame at most, and nothing of data", () => {
  const decoder = new FrameDecoder(new FrameRecorder(), "server");
  decoder.push(dataFrame(60_000, { slot: 1 }).subarray(0, 50_000));
  assertEquals(decoder.held, 0);
  decoder.push(new Uint8Array(10_008));
  const open = rawFrame(FrameType.open, { payload: new Uint8Array(100_000) });
  decoder.push(open.subarray(0, 20));
  assertEquals(decoder.held, 100_000);
  decoder.push(open.subarray(20));
  assertEquals(decoder.held, 0);
});
