/**
 * The decoder of link records: any bytes give records or `bad_record`, and no
 * more is kept than came in, and never more than one handshake record.
 *
 * @module
 */

import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_HANDSHAKE_BYTES } from "../../protocol/limits.ts";
import {
  encodeClose,
  encodeRecord,
  RECORD_HEADER_BYTES,
  recordLengths,
  RecordType,
} from "../../protocol/link/record.ts";
import { RecordDecoder } from "../../protocol/link/record_decoder.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { checkCuttings, Transcript } from "./cutting.ts";
import { join, mutate } from "./mutation.ts";
import { claim, type FuzzTarget } from "./target.ts";

const TYPES = Object.values(RecordType);

/** A record that is right. */
export function makeRecord(random: SeededRandom): Uint8Array {
  const type = random.pick(TYPES);
  const [least, most] = recordLengths(type)!;
  if (type === RecordType.close) return encodeClose(random.below(20), "x".repeat(random.size(300)));
  // Mostly small, so that many fit into a second; now and then as large as can be.
  const extra = random.chance(0.002) ? random.below(most - least + 1) : random.size(40);
  return encodeRecord(type, random.bytes(Math.min(most, least + extra)));
}

function make(random: SeededRandom): Uint8Array {
  if (random.chance(0.1)) return random.bytes(random.size(64));
  const records = Array.from({ length: random.between(1, 4) }, () => makeRecord(random));
  return mutate(join(records), random);
}

function check(input: Uint8Array): number {
  checkCuttings(input, (feed) => {
    const transcript = new Transcript();
    let fed = 0;
    let used = 0;
    let stopped = false;
    const decoder = new RecordDecoder({
      onData(piece) {
        claim(piece.length > 0, "An empty piece of data");
        transcript.bytes(piece);
      },
      onRecord(type, payload) {
        const lengths = recordLengths(type);
        claim(type !== RecordType.data && lengths !== undefined, `A record of type ${type}`);
        claim(
          payload.length >= lengths[0] && payload.length <= lengths[1],
          `A record of type ${type} with ${payload.length} bytes`,
        );
        transcript.event(type, payload.length);
        transcript.bytes(payload);
        stopped = type === RecordType.close;
        return !stopped;
      },
    });
    try {
      feed((piece) => {
        fed += piece.length;
        const now = decoder.push(piece);
        used += now;
        claim(stopped || now === piece.length, "Bytes were left without being told to stop");
        claim(
          decoder.held <= Math.min(fed, RECORD_HEADER_BYTES + MAX_HANDSHAKE_BYTES),
          `Holds ${decoder.held} of ${fed} bytes`,
        );
        return !stopped;
      });
      transcript.outcome = stopped ? `stopped at ${used}` : `holds ${decoder.held}`;
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== "bad_record") throw error;
      transcript.outcome = error.message;
    }
    return transcript;
  });
  return 1;
}

/** See the head of this file. */
export const recordsTarget: FuzzTarget = {
  name: "records",
  unit: "inputs",
  share: 1.5,
  make,
  check,
};
