/**
 * The server's whole side of a connection, over transports in memory: whatever a
 * peer sends, `accept` says what became of it and never rejects, and afterwards
 * there is no session, no memory lent, and no timer left.
 *
 * The input is what the peer sends; its first two bytes say how it is cut.
 *
 * @module
 */

import { BlockPool } from "../../protocol/link/block_pool.ts";
import { encodeRecord, RecordType } from "../../protocol/link/record.ts";
import { SessionHost } from "../../protocol/session/host.ts";
import { memoryPair } from "../../protocol/transport/memory.ts";
import { type Transport, TransportError } from "../../protocol/transport/transport.ts";
import { SeededRandom, seedOf } from "../support/seeded_random.ts";
import { framesTarget } from "./frames_target.ts";
import { makeHelloPayload } from "./handshake_target.ts";
import { join, mutate } from "./mutation.ts";
import { makeRecord } from "./records_target.ts";
import { claim, type FuzzTarget } from "./target.ts";

const OUTCOMES: ReadonlySet<string> = new Set(["started", "refused", "failed"]);

function make(random: SeededRandom): Uint8Array {
  const records: Uint8Array[] = [];
  if (random.chance(0.9)) {
    records.push(encodeRecord(RecordType.hello, makeHelloPayload(random)));
  }
  for (let left = random.size(8); left > 0; left--) {
    // The first byte of these is not part of the frames.
    const frames = framesTarget.make(random).subarray(1);
    if (random.chance(0.3) || frames.length === 0) records.push(makeRecord(random));
    else records.push(encodeRecord(RecordType.data, frames.subarray(0, 60_000)));
  }
  const bytes = join(records);
  return join([random.bytes(2), random.chance(0.5) ? bytes : mutate(bytes, random)]);
}

async function check(input: Uint8Array): Promise<number> {
  const random = new SeededRandom(seedOf(input.subarray(0, 2)));
  const largest = 1 + random.size(20_000);
  const pool = new BlockPool({ spare: 0 });
  const host = new SessionHost<undefined>({
    agent: "server/fuzz",
    pool,
    random: (bytes) => random.bytes(bytes),
    user: {
      authenticate: () => Promise.resolve(undefined),
      reauthenticate: () => Promise.resolve(),
      onSession: () => ({
        onStream: () => claim(false, "A client has opened a stream"),
        onControl() {},
        onPaused() {},
        onResumed() {},
      }),
    },
  });
  using pair = memoryPair({ chunking: () => 1 + random.size(largest) });
  const accepted = host.accept(pair.b);
  const spoken = speak(pair.a, input.slice(2));
  const outcome = await accepted;
  claim(OUTCOMES.has(outcome.kind), `Accepted as ${outcome.kind}`);
  await spoken;
  for (const session of host.sessions) {
    session.close();
    await session.closed;
  }
  pair.a.close();
  // The pump hears of it in the next turn, and gives the memory back.
  for (let turns = 0; pool.lent > 0 && turns < 100; turns++) await Promise.resolve();
  claim(host.sessions.length === 0, "A session is kept");
  claim(pool.lent === 0, `${pool.lent} bytes are lent to nobody`);
  return 1;
}

/** Says everything, hangs up, and hears the other side out. */
async function speak(transport: Transport, bytes: Uint8Array): Promise<void> {
  try {
    if (bytes.length > 0) await transport.write(bytes);
    await transport.closeWrite();
    while (await transport.read() !== null);
  } catch (error) {
    // Who is refused is hung up on, perhaps in the middle of a word.
    if (!(error instanceof TransportError)) throw error;
  }
}

/** See the head of this file. */
export const sessionTarget: FuzzTarget = {
  name: "session",
  unit: "inputs",
  share: 0.5,
  make,
  check,
};
