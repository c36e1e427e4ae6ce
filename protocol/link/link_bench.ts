/**
 * How fast the link encodes and decodes, without IO; `n: 1000` in a name is
 * records an iteration.
 */

import { DEFAULT_LIMITS } from "../limits.ts";
import { BlockPool } from "./block_pool.ts";
import { Link, type LinkUser } from "./link.ts";
import { encodeRecord, RecordType, writeNumberRecord } from "./record.ts";
import { RecordDecoder, type RecordSink } from "./record_decoder.ts";

const RECORDS = 1000;

/** Counts, so that nothing can be optimised away. */
class Counter implements RecordSink {
  bytes = 0;
  records = 0;

  onData(piece: Uint8Array): void {
    this.bytes += piece.length;
  }

  onRecord(): boolean {
    this.records++;
    return true;
  }
}

const counter = new Counter();

function repeat(record: Uint8Array): Uint8Array {
  const wire = new Uint8Array(record.length * RECORDS);
  for (let i = 0; i < RECORDS; i++) wire.set(record, i * record.length);
  return wire;
}

for (const [name, readBytes] of [["64 KiB", 64 * 1024], ["1 KiB", 1024]] as const) {
  for (const size of [100, 16 * 1024]) {
    const wire = repeat(encodeRecord(RecordType.data, new Uint8Array(size)));
    Deno.bench(`DATA of ${size} bytes, reads of ${name}, n: 1000`, { group: "decode" }, () => {
      const decoder = new RecordDecoder(counter);
      for (let at = 0; at < wire.length; at += readBytes) {
        decoder.push(wire.subarray(at, at + readBytes));
      }
    });
  }
}

const ack = new Uint8Array(12);
writeNumberRecord(ack, 0, RecordType.ack, 2 ** 40);
const acks = repeat(ack);

Deno.bench("ACK, n: 1000", { group: "decode" }, () => {
  new RecordDecoder(counter).push(acks);
});

Deno.bench("ACK, n: 1000", { group: "encode" }, () => {
  for (let i = 0; i < RECORDS; i++) writeNumberRecord(acks, i * 12, RecordType.ack, i);
});

/** A source that always has `size` bytes ready, and a sink that does nothing. */
function endless(size: number): LinkUser {
  const payload = new Uint8Array(size);
  return {
    pending: size,
    fill: (room) => {
      const length = Math.min(room.length, size);
      room.set(length === size ? payload : payload.subarray(0, length));
      return length;
    },
    onPayload: (piece) => {
      counter.bytes += piece.length;
    },
    onAcknowledged: () => {},
    onClose: () => {},
  };
}

/** Two links that are given each other's bytes by hand, so acknowledged as in life. */
for (const size of [100, 64 * 1024]) {
  const made = { limits: DEFAULT_LIMITS, peerResend: DEFAULT_LIMITS.resend, pool: new BlockPool() };
  const sender = new Link({ ...made, user: endless(size) });
  const receiver = new Link({ ...made, user: { ...endless(0), pending: 0 } });
  let now = 0;
  sender.attach(now);
  receiver.attach(now);
  Deno.bench(`${size} bytes from end to end, n: 1000`, { group: "link" }, () => {
    for (let i = 0; i < RECORDS; i++) {
      now += 0.01;
      const bytes = sender.pull(now);
      if (bytes !== undefined) {
        receiver.receive(bytes, now);
        sender.wrote();
      }
      const back = receiver.pull(now);
      if (back !== undefined) {
        sender.receive(back, now);
        receiver.wrote();
      }
    }
  });
}
