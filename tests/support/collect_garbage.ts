/**
 * A full collection on demand, for tests that judge what memory is in use.
 *
 * @module
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** Collects everything that nothing refers to. */
export const collectGarbage: () => void = runInNewContext("gc");
