/**
 * Load beside which something else is measured, until it is released.
 *
 * @module
 */

import type { BulkResult } from "./bulk.ts";
import { type Entrance, HttpVisitor } from "./http_visitor.ts";

/** Longer than any measurement takes. */
const ENDLESS_BYTES = 2 ** 50;

/** Idle visitors read almost nothing. */
const SMALL_BUFFER_BYTES = 1024;

/** Connections that are opened at once. */
const DIAL_BATCH = 100;

/** What is kept up; there is one at a time. */
let visitors: HttpVisitor[] = [];
let downloaded = 0;
let downloadStarted = 0;

/** A visitor who begins a download and stops reading once `bytes` have come. */
export async function stallDownload(
  { entrance, bytes }: { readonly entrance: Entrance; readonly bytes: number },
): Promise<void> {
  const [visitor] = await openAll(1, () => HttpVisitor.to(entrance));
  await visitor!.send("GET", `/bytes/${ENDLESS_BYTES}`);
  await visitor!.head();
  for (let read = 0; read < bytes;) {
    const data = await visitor!.read();
    if (data === null) throw new Error("the download ended");
    read += data.length;
  }
}

/** Visitors who download as fast as they can. */
export async function saturate(
  { entrance, connections }: { readonly entrance: Entrance; readonly connections: number },
): Promise<void> {
  const opened = await openAll(connections, () => HttpVisitor.to(entrance));
  downloaded = 0;
  downloadStarted = performance.now();
  for (const visitor of opened) {
    await visitor.send("GET", `/bytes/${ENDLESS_BYTES}`);
    await visitor.head();
  }
  for (const visitor of opened) readOn(visitor);
}

/** Visitors, taking turns at the entrances, whose answers have begun and never go on. */
export async function hang(
  { entrances, connections }: {
    readonly entrances: readonly Entrance[];
    readonly connections: number;
  },
): Promise<void> {
  await openAll(connections, async (i) => {
    const entrance = entrances[i % entrances.length]!;
    const visitor = await HttpVisitor.to(entrance, SMALL_BUFFER_BYTES);
    await visitor.send("GET", "/hang");
    await visitor.head();
    return visitor;
  });
}

/** Ends all of it; gives what came in {@linkcode saturate}, and in which time. */
export function release(): BulkResult {
  for (const visitor of visitors) visitor[Symbol.dispose]();
  visitors = [];
  return { bytes: downloaded, seconds: (performance.now() - downloadStarted) / 1000 };
}

async function openAll(
  count: number,
  open: (index: number) => Promise<HttpVisitor>,
): Promise<readonly HttpVisitor[]> {
  for (let opened = 0; opened < count; opened += DIAL_BATCH) {
    const size = Math.min(DIAL_BATCH, count - opened);
    const batch = Array.from({ length: size }, (_, i) => open(opened + i));
    visitors.push(...await Promise.all(batch));
  }
  return visitors;
}

async function readOn(visitor: HttpVisitor): Promise<void> {
  try {
    for (let data = await visitor.read(); data !== null; data = await visitor.read()) {
      downloaded += data.length;
    }
  } catch (error) {
    // `release` has cut it.
    if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
      throw error;
    }
  }
}
