/**
 * What the heap of this process holds once everything that can be collected is collected.
 *
 * @module
 */

import { collectGarbage } from "../support/collect_garbage.ts";

/** Looks at the heap this often: what is let go of in one turn may hold on to more until the next. */
const LOOKS = 5;

/** Bytes in use, without garbage. */
export async function heapInUse(): Promise<number> {
  for (let look = 0; look < LOOKS; look++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return Deno.memoryUsage().heapUsed;
}
