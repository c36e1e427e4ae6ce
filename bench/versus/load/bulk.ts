/**
 * Large bodies, as fast as they go.
 *
 * @module
 */

import { BLOCK_BYTES, type Entrance, HttpVisitor } from "./http_visitor.ts";

/** How much, and over how many connections at once. */
export interface BulkJob {
  readonly entrance: Entrance;
  readonly connections: number;
  /** Bytes of each connection. */
  readonly bytes: number;
}

/** What was moved. */
export interface BulkResult {
  readonly seconds: number;
  readonly bytes: number;
}

/**
 * Downloads.
 *
 * @throws {Error} If a body was not as long as it should be.
 */
export function download(job: BulkJob): Promise<BulkResult> {
  return all(job, async (visitor) => {
    await visitor.send("GET", `/bytes/${job.bytes}`);
    return await visitor.body(await visitor.head());
  });
}

/**
 * Uploads; done once the app has said that all of it is there.
 *
 * @throws {Error} If it says something else.
 */
export function upload(job: BulkJob): Promise<BulkResult> {
  const block = new Uint8Array(BLOCK_BYTES).fill(0x78);
  return all(job, async (visitor) => {
    await visitor.send("POST", "/sink", [`Content-Length: ${job.bytes}`]);
    for (let left = job.bytes; left > 0; left -= block.length) {
      await visitor.write(left < block.length ? block.subarray(0, left) : block);
    }
    let said = "";
    const decoder = new TextDecoder();
    await visitor.body(await visitor.head(), (data) => said += decoder.decode(data));
    return Number(said);
  });
}

async function all(
  { entrance, connections, bytes }: BulkJob,
  move: (visitor: HttpVisitor) => Promise<number>,
): Promise<BulkResult> {
  const started = performance.now();
  const moved = await Promise.all(Array.from({ length: connections }, async () => {
    using visitor = await HttpVisitor.to(entrance);
    return await move(visitor);
  }));
  const seconds = (performance.now() - started) / 1000;
  const wrong = moved.find((count) => count !== bytes);
  if (wrong !== undefined) throw new Error(`moved ${wrong} bytes, not ${bytes}`);
  return { seconds, bytes: bytes * connections };
}
