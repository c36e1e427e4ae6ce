/**
 * Small GETs at an even pace, whatever becomes of the ones before: what people do to a page while
 * somebody else downloads. A request waits for nobody, so a stall is seen by all it delays.
 *
 * @module
 */

import { type Entrance, HttpVisitor } from "./http_visitor.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";

/** The pace, and for how long. */
export interface PacedJob {
  readonly entrance: Entrance;
  readonly perSecond: number;
  readonly seconds: number;
}

/** A small answer and its head. */
const BUFFER_BYTES = 4096;

/** Times in milliseconds. */
export async function pacedGets(
  { entrance, perSecond, seconds }: PacedJob,
): Promise<Percentiles & { readonly requests: number }> {
  const idle: HttpVisitor[] = [];
  using connections = new DisposableStack();
  const times: number[] = [];
  const get = async () => {
    const started = performance.now();
    const visitor = idle.pop() ??
      connections.use(await HttpVisitor.to(entrance, BUFFER_BYTES));
    await visitor.send("GET", "/small");
    await visitor.body(await visitor.head());
    times.push(performance.now() - started);
    idle.push(visitor);
  };
  const requests: Promise<void>[] = [];
  const begin = performance.now();
  for (let count = 0; count < perSecond * seconds; count++) {
    const wait = begin + count * 1000 / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    requests.push(get());
  }
  await Promise.all(requests);
  return { ...percentilesOf(times), requests: times.length };
}
