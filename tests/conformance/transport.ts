/**
 * What every {@linkcode Transport} has to do, as one suite that runs on each
 * implementation.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Transport,
  TransportError,
  type TransportErrorCode,
  type TransportKind,
} from "../../protocol/transport/transport.ts";
import type { TransportPair } from "../support/transport_pairs.ts";

/** What differs between transports and is right for each. */
export interface TransportTraits {
  readonly kind: TransportKind;
  readonly secure: boolean;
  /**
   * Whether one side can end while the other goes on. On a WebSocket the end of
   * one side is the end of both: a Close frame has to be answered with one.
   */
  readonly halfClose: boolean;
  /**
   * Whether an end stops taking bytes from the network while nobody reads. The
   * platform's own WebSocket does not; its peers are exempt from stalling.
   */
  readonly pausesReading: { readonly a: boolean; readonly b: boolean };
}

/** More than all buffers of a carrier together: kernels keep some MiB for a socket. */
const MORE_THAN_ANY_BUFFER = 64 * 1024 * 1024;
/** A write that has not moved for so long is waiting for the reader. */
const STALL_MS = 150;

/** Declares the tests of one transport. */
export function testTransport(
  name: string,
  makePair: () => Promise<TransportPair>,
  traits: TransportTraits,
): void {
  const test = (what: string, body: (pair: TransportPair) => Promise<void>) =>
    Deno.test(`Transport (${name}) ${what}`, async () => {
      await using pair = await makePair();
      await body(pair);
    });

  /** The directions in which a writer has to wait for its reader. */
  const bounded = (pair: TransportPair): [writer: Transport, reader: Transport][] => [
    ...(traits.pausesReading.b ? [[pair.a, pair.b] as [Transport, Transport]] : []),
    ...(traits.pausesReading.a ? [[pair.b, pair.a] as [Transport, Transport]] : []),
  ];

  const testStall: typeof test = (what, body) => {
    if (traits.pausesReading.a || traits.pausesReading.b) test(what, body);
  };

  test("says what it is", ({ a, b }) => {
    for (const end of [a, b]) {
      assertEquals(end.kind, traits.kind);
      assertEquals(end.secure, traits.secure);
      assert(end.peer.length > 0);
    }
    return Promise.resolve();
  });

  test("carries bytes whole and in order, both ways at once", async ({ a, b }) => {
    const size = 6 * 1024 * 1024 + 5;
    const [there, back] = [pattern(size, 1), pattern(size, 2)];
    const [, , atB, atA] = await Promise.all([
      writePieces(a, there),
      writePieces(b, back),
      readExactly(b, size),
      readExactly(a, size),
    ]);
    assertEquals(await digest(atB), await digest(there));
    assertEquals(await digest(atA), await digest(back));
  });

  test("carries single bytes as they come", async ({ a, b }) => {
    for (let i = 0; i < 50; i++) {
      await a.write(Uint8Array.of(i));
      assertEquals(await b.read(), Uint8Array.of(i));
      await b.write(Uint8Array.of(i + 100));
      assertEquals(await a.read(), Uint8Array.of(i + 100));
    }
  });

  test("lets the reader change what it reads without harm to the writer's bytes", async (pair) => {
    const bytes = pattern(100_000, 3);
    const kept = bytes.slice();
    const written = pair.a.write(bytes);
    for (let size = 0; size < bytes.length;) {
      const piece = await pair.b.read();
      assert(piece !== null);
      size += piece.length;
      piece.fill(0);
    }
    await written;
    assertEquals(bytes, kept);
  });

  test("takes an empty write, which nobody sees", async ({ a, b }) => {
    await a.write(new Uint8Array(0));
    await a.write(Uint8Array.of(7));
    await a.write(new Uint8Array(0));
    await a.write(Uint8Array.of(8));
    assertEquals(await readExactly(b, 2), Uint8Array.of(7, 8));
  });

  testStall("makes a writer wait while nobody reads, and then loses nothing", async (pair) => {
    for (const [writer, reader] of bounded(pair)) {
      const { taken, rest } = await writeUntilStalled(writer);
      assert(taken < MORE_THAN_ANY_BUFFER);
      const received = await readExactly(reader, taken + rest.size);
      await rest.done;
      assertEquals(await digest(received), await digest(pattern(received.length, 4)));
    }
  });

  test("ends its side after the data", async ({ a, b }) => {
    const bytes = pattern(300_000, 5);
    await a.write(bytes);
    const [received] = await Promise.all([readToEnd(b), a.closeWrite()]);
    assertEquals(await digest(received), await digest(bytes));
    assertEquals(await b.read(), null);
  });

  test("ends its side after a write that is still pending", async ({ a, b }) => {
    const bytes = pattern(8 * 1024 * 1024, 6);
    const written = a.write(bytes);
    const [received] = await Promise.all([readToEnd(b), a.closeWrite(), written]);
    assertEquals(await digest(received), await digest(bytes));
  });

  if (traits.halfClose) {
    test("goes on reading after it has ended its side", async ({ a, b }) => {
      await a.closeWrite();
      assertEquals(await b.read(), null);
      const bytes = pattern(300_000, 7);
      const [received] = await Promise.all([
        readToEnd(a),
        b.write(bytes).then(() => b.closeWrite()),
      ]);
      assertEquals(await digest(received), await digest(bytes));
    });
  } else {
    test("ends both sides when one ends, with what was sent before", async ({ a, b }) => {
      await b.write(Uint8Array.of(1, 2, 3));
      await a.closeWrite();
      assertEquals(await b.read(), null);
      await rejectsWith("connection_lost", b.write(Uint8Array.of(4)));
      assertEquals(await readToEnd(a), Uint8Array.of(1, 2, 3));
    });
  }

  for (const side of ["a", "b"] as const) {
    test(`rejects a pending read when ${side} is closed, and everything after`, async (pair) => {
      const end = pair[side];
      const reading = rejectsWith("closed_locally", end.read());
      end.close();
      await reading;
      end.close();
      await rejectsWith("closed_locally", end.read());
      await rejectsWith("closed_locally", end.write(Uint8Array.of(1)));
      await rejectsWith("closed_locally", end.closeWrite());
    });
  }

  testStall("rejects a pending write when it is closed", async (pair) => {
    for (const [writer] of bounded(pair).slice(0, 1)) {
      const { rest } = await writeUntilStalled(writer);
      const stalled = rejectsWith("closed_locally", rest.done);
      writer.close();
      await stalled;
    }
  });

  test("tells when the other end is closed", async ({ a, b }) => {
    const reading = a.read().catch((error: unknown) => error);
    b.close();
    const end = await reading;
    assert(end === null || (end instanceof TransportError && end.code === "connection_lost"));
    await rejectsWith("connection_lost", writeForEver(a));
  });

  testStall("rejects a pending write when the other end is closed", async (pair) => {
    for (const [writer, reader] of bounded(pair).slice(0, 1)) {
      const { rest } = await writeUntilStalled(writer);
      const stalled = rejectsWith("connection_lost", rest.done);
      reader.close();
      await stalled;
    }
  });
}

/** Bytes that differ with their place and `seed`. */
function pattern(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(hash).toHex();
}

/** Writes in sizes around every border that an implementation might have. */
async function writePieces(to: Transport, bytes: Uint8Array): Promise<void> {
  const sizes = [1, 125, 126, 4096, 16383, 16384, 16385, 65535, 65536, 65537, 1 << 20, 1_100_000];
  let turn = 0;
  for (let at = 0; at < bytes.length;) {
    const size = sizes[turn++ % sizes.length]!;
    await to.write(bytes.subarray(at, at + size));
    at += size;
  }
}

async function readExactly(from: Transport, size: number): Promise<Uint8Array> {
  const all = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const bytes = await from.read();
    assert(bytes !== null, `the end came after ${at} of ${size} bytes`);
    assert(bytes.length > 0);
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

async function readToEnd(from: Transport): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let bytes = await from.read(); bytes !== null; bytes = await from.read()) {
    pieces.push(bytes.slice());
  }
  return new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** Writes `pattern(…, 4)` until a write waits; `rest` is that write. */
async function writeUntilStalled(
  to: Transport,
): Promise<{ taken: number; rest: { size: number; done: Promise<void> } }> {
  const piece = 256 * 1024;
  const bytes = pattern(MORE_THAN_ANY_BUFFER, 4);
  for (let at = 0; at < bytes.length; at += piece) {
    const done = to.write(bytes.subarray(at, at + piece));
    done.catch(() => {});
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stalled = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), STALL_MS);
    });
    const isStalled = await Promise.race([done.then(() => false), stalled]);
    clearTimeout(timer);
    if (isStalled) return { taken: at, rest: { size: piece, done } };
  }
  throw new Error(`${MORE_THAN_ANY_BUFFER} bytes were taken while nobody read`);
}

/** Writes until it fails: the first writes after a loss may still go into a buffer. */
async function writeForEver(to: Transport): Promise<void> {
  const bytes = new Uint8Array(64 * 1024);
  for (let written = 0; written < MORE_THAN_ANY_BUFFER; written += bytes.length) {
    await to.write(bytes);
  }
}

async function rejectsWith(code: TransportErrorCode, promise: Promise<unknown>): Promise<void> {
  const error = await assertRejects(() => promise, TransportError);
  assertEquals(error.code, code);
}
