/**
 * Makes a failing input smaller, so that a person can read it.
 *
 * @module
 */

/** How long it may take; what is found until then is used. */
const SHRINK_MS = 3000;

/**
 * Leaves out pieces of `input`, large ones first, as long as what is left still
 * fails, and then sets bytes to zero.
 */
export async function shrink(
  input: Uint8Array,
  fails: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  const until = performance.now() + SHRINK_MS;
  const inTime = () => performance.now() < until;
  let best = input;
  for (let size = best.length >>> 1; size >= 1 && inTime(); size >>>= 1) {
    for (let at = 0; at + size <= best.length && inTime();) {
      const shorter = new Uint8Array(best.length - size);
      shorter.set(best.subarray(0, at));
      shorter.set(best.subarray(at + size), at);
      if (await fails(shorter)) best = shorter;
      else at += size;
    }
  }
  for (let at = 0; at < best.length && inTime(); at++) {
    if (best[at] === 0) continue;
    const simpler = best.slice();
    simpler[at] = 0;
    if (await fails(simpler)) best = simpler;
  }
  return best;
}
