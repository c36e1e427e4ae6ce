/**
 * The file format of stored leases: one JSON value a line.
 *
 * ```text
 * {"save":{"kind":"http","name":"app",…}}
 * {"forget":{"kind":"http","name":"app"},"floor":1767225600000}
 * ```
 *
 * Later lines win. A line counts once its newline is there: what a crash has cut
 * off was never answered, so dropping it loses nothing. A line that cannot be
 * read is skipped and reported; it never takes others with it.
 *
 * @module
 */

import {
  isGeneration,
  isLeaseKind,
  isLeaseName,
  isLeaseRecord,
  type LeaseKind,
  type LeaseRecord,
} from "./lease_store.ts";

/** What a journal adds up to. */
export interface JournalContents {
  /** The present records, by {@linkcode recordKey}. */
  readonly records: Map<string, LeaseRecord>;
  /** See `StoredLeases.floor`. */
  readonly floor: number;
  /** Complete lines, also those that no longer matter. */
  readonly lines: number;
  /** Bytes up to and including the last newline. */
  readonly length: number;
  /** Numbers of the complete lines that could not be read, from 1. */
  readonly damagedLines: readonly number[];
  /** Bytes after the last newline: an append that a crash cut short. */
  readonly tornBytes: number;
}

const NEWLINE = 0x0a;

/** The key of a record in a map. */
export function recordKey(kind: LeaseKind, name: string): string {
  return `${kind}/${name}`;
}

/** The line that adds or replaces a record. */
export function saveLine(record: LeaseRecord): string {
  return JSON.stringify({ save: record }) + "\n";
}

/** The line that removes a record and raises the floor. */
export function forgetLine(kind: LeaseKind, name: string, floor: number): string {
  return JSON.stringify({ forget: { kind, name }, floor }) + "\n";
}

/** The line that only raises the floor. */
export function floorLine(floor: number): string {
  return JSON.stringify({ floor }) + "\n";
}

/** Reads a whole journal. Any bytes are a journal, if perhaps a damaged one. */
export function readJournal(bytes: Uint8Array): JournalContents {
  const records = new Map<string, LeaseRecord>();
  const damagedLines: number[] = [];
  const decoder = new TextDecoder();
  let floor = 0;
  let lines = 0;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines++;
    const change = parseLine(decoder.decode(bytes.subarray(start, end)));
    start = end + 1;
    if (change === null) {
      damagedLines.push(lines);
      continue;
    }
    floor = Math.max(floor, change.floor);
    if (change.save !== null) {
      records.set(recordKey(change.save.kind, change.save.name), change.save);
    }
    if (change.forget !== null) records.delete(change.forget);
  }
  return { records, floor, lines, length: start, damagedLines, tornBytes: bytes.length - start };
}

interface Change {
  readonly save: LeaseRecord | null;
  /** A record's key. */
  readonly forget: string | null;
  readonly floor: number;
}

function parseLine(line: string): Change | null {
  const value = parseObject(line);
  if (value === null) return null;
  const { save, forget, floor } = value;
  if (save !== undefined) {
    return isLeaseRecord(save) ? { save: strip(save), forget: null, floor: 0 } : null;
  }
  if (!isGeneration(floor)) return null;
  if (forget === undefined) return { save: null, forget: null, floor };
  if (typeof forget !== "object" || forget === null) return null;
  const { kind, name } = forget as { kind?: unknown; name?: unknown };
  if (!isLeaseKind(kind) || !isLeaseName(name)) return null;
  return { save: null, forget: recordKey(kind, name), floor };
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : null;
  } catch {
    return null;
  }
}

/** Only the fields that we know: a newer server's extra ones would go stale. */
function strip(record: LeaseRecord): LeaseRecord {
  const { kind, name, owner, generation, nonces, tag, live, usedAt, reserved } = record;
  const known = { kind, name, owner, generation, nonces, tag, live, usedAt };
  return reserved === undefined ? known : { ...known, reserved };
}
