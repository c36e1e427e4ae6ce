/**
 * Which build this is.
 *
 * @module
 */

import manifest from "./deno.json" with { type: "json" };

/** The version of the package. */
export const VERSION: string = manifest.version;
