/**
 * Two links and the bytes between them, without any IO, for tests.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { CloseCode } from "../../protocol/errors.ts";
import { type Limits, withDefaults } from "../../protocol/limits.ts";
import { BlockPool } from "../../protocol/link/block_pool.ts";
import { Link, type LinkUser } from "../../protocol/link/link.ts";
import { RecordDecoder } from "../../protocol/link/record_decoder.ts";

/** The byte that every test stream has at `offset`; no small shift of it looks the same. */
export function byteAt(offset: number): number {
  return (offset * 167 + (offset >>> 8) * 13 + (offset >>> 16) * 7) & 0xff;
}

/** Produces a known stream, and takes one in. */
export class TestUser implements LinkUser {
  /** Bytes that could be produced now. */
  pending = 0;
  produced = 0;
  taken = 0;
  acknowledgements = 0;
  readonly closes: { readonly code: CloseCode; readonly reason: string }[] = [];

  fill(room: Uint8Array): number {
    const length = Math.min(room.length, this.pending);
    for (let i = 0; i < length; i++) room[i] = byteAt(this.produced + i);
    this.produced += length;
    this.pending -= length;
    return length;
  }

  onPayload(piece: Uint8Array): void {
    for (const byte of piece) {
      if (byte !== byteAt(this.taken)) throw new Error(`Wrong byte at ${this.taken}`);
      this.taken++;
    }
  }

  onAcknowledged(): void {
    this.acknowledgements++;
  }

  onClose(code: CloseCode, reason: string): void {
    this.closes.push({ code, reason });
  }
}

/** One end. */
export interface TestEnd {
  readonly user: TestUser;
  readonly pool: BlockPool;
  readonly link: Link;
}

/** Makes a link without a transport. */
export function testEnd(
  limits: Partial<Limits> = {},
  peerResend: number = 16 * 1024 * 1024,
): TestEnd {
  const user = new TestUser();
  const pool = new BlockPool();
  return { user, pool, link: new Link({ user, limits: withDefaults(limits), peerResend, pool }) };
}

/** A record, with only the length of its payload if it is DATA. */
export interface SeenRecord {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** Takes whole records apart; pieces of DATA that follow each other count as one. */
export function recordsOf(bytes: Uint8Array): SeenRecord[] {
  const records: SeenRecord[] = [];
  const decoder = new RecordDecoder({
    onData: (piece) => void records.push({ type: 1, payload: piece.slice() }),
    onRecord: (type, payload) => {
      records.push({ type, payload: payload.slice() });
      return true;
    },
  });
  decoder.push(bytes);
  return records;
}

/** Everything that a link has to write now; the memory is the caller's. */
export function pullAll(link: Link, now: number): Uint8Array {
  const all: Uint8Array[] = [];
  for (let bytes = link.pull(now); bytes !== undefined; bytes = link.pull(now)) {
    all.push(bytes.slice());
    link.wrote();
  }
  return concat(all);
}
