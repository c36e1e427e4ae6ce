/**
 * Which build this is.
 *
 * @module
 */

import manifest from "./deno.json" with { type: "json" };

/**
 * The version of the package and, in an executable, the commit it was built from: `0.1.0 (1f2e3d4)`.
 * The build puts a line that sets `globalThis.TUN_COMMIT` in front of the bundle.
 */
export const VERSION: string = versionOf(globalThis);

function versionOf(scope: object): string {
  const commit = "TUN_COMMIT" in scope ? scope.TUN_COMMIT : undefined;
  const known = typeof commit === "string" && /^[0-9a-f]{7,40}(-dirty)?$/.test(commit);
  return known ? `${manifest.version} (${commit})` : manifest.version;
}
