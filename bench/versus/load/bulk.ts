/**
 * Large bodies, as fast as they go.
 *
 * @module
 */

import { BLOCK_BYTES, type Entrance, HttpVisitor } from "./http_visitor.ts";

/** Longer than any measurement takes. */
const ENDLESS_BYTES = 2 ** 50;

const CRLF = [13, 10];

/** How much, and over how many connections at once. */
export interface BulkJob {
  readonly entrance: Entrance;
  readonly connections: number;
  /** Bytes of each connection. */
  readonly bytes: number;
  /** Who is slower than that is cut, and rated by what has come so far. */
  readonly maxSeconds: number;
}

/** What was moved. */
export interface BulkResult {
  readonly seconds: number;
  readonly bytes: number;
}

/** What one connection does; it reports bytes as they go. */
type Move = (visitor: HttpVisitor, moved: (bytes: number) => void) => Promise<void>;

/**
 * Downloads.
 *
 * @throws {Error} If a body was not as long as it should be.
 */
export function download(job: BulkJob): Promise<BulkResult> {
  return all(job, async (visitor, moved) => {
    await visitor.send("GET", `/bytes/${job.bytes}`);
    const length = await visitor.body(await visitor.head(), (data) => moved(data.length));
    if (length !== job.bytes) throw new Error(`got ${length} bytes, not ${job.bytes}`);
  });
}

/**
 * Uploads; done once the app has said that all of it is there. Who is cut is rated by what the
 * first hop has taken, which is a little more than what has arrived.
 *
 * @throws {Error} If the app says something else.
 */
export function upload(job: BulkJob): Promise<BulkResult> {
  const block = new Uint8Array(BLOCK_BYTES).fill(0x78);
  return all(job, async (visitor, moved) => {
    await visitor.send("POST", "/sink", [`Content-Length: ${job.bytes}`]);
    for (let left = job.bytes; left > 0;) {
      const size = Math.min(left, block.length);
      await visitor.write(block.subarray(0, size));
      moved(size);
      left -= size;
    }
    let said = "";
    const decoder = new TextDecoder();
    await visitor.body(await visitor.head(), (data) => said += decoder.decode(data));
    if (Number(said) !== job.bytes) throw new Error(`the app got ${said.trim()} bytes`);
  });
}

/** One body without an end, for some seconds. */
export interface StreamJob {
  readonly entrance: Entrance;
  readonly seconds: number;
}

/** Downloads until the time is over. */
export function downloadFor({ entrance, seconds }: StreamJob): Promise<BulkResult> {
  return download({ entrance, connections: 1, bytes: ENDLESS_BYTES, maxSeconds: seconds });
}

/**
 * Uploads, ends the body when the time is over, and waits until the app has said how long it was:
 * what is still on its way by then counts neither as done nor as free.
 */
export async function uploadFor({ entrance, seconds }: StreamJob): Promise<BulkResult> {
  using visitor = await HttpVisitor.to(entrance);
  const started = performance.now();
  await visitor.send("POST", "/sink", ["Transfer-Encoding: chunked"]);
  const block = new Uint8Array(BLOCK_BYTES).fill(0x78);
  const size = new TextEncoder().encode(`${block.length.toString(16)}\r\n`);
  const chunk = new Uint8Array([...size, ...block, ...CRLF]);
  while (performance.now() - started < seconds * 1000) await visitor.write(chunk);
  await visitor.write(new TextEncoder().encode("0\r\n\r\n"));
  let said = "";
  const decoder = new TextDecoder();
  await visitor.body(await visitor.head(), (data) => said += decoder.decode(data));
  return { seconds: (performance.now() - started) / 1000, bytes: Number(said) };
}

async function all(job: BulkJob, move: Move): Promise<BulkResult> {
  const { entrance, connections, maxSeconds } = job;
  const started = performance.now();
  let bytes = 0;
  using open = new DisposableStack();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    open.dispose();
  }, maxSeconds * 1000);
  open.defer(() => clearTimeout(timer));
  await Promise.all(Array.from({ length: connections }, async () => {
    const visitor = await HttpVisitor.to(entrance);
    if (isOver) return visitor[Symbol.dispose]();
    open.use(visitor);
    try {
      await move(visitor, (count) => bytes += count);
    } catch (error) {
      if (!isOver) throw error;
    }
  }));
  return { seconds: (performance.now() - started) / 1000, bytes };
}
