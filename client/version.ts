/**
 * Which build this is.
 *
 * @module
 */

import manifest from "./deno.json" with { type: "json" };

/** The version of the package. */
export const VERSION: string = manifest.version;

/**
 * The commit a released executable was built from; nothing when run from source. The build puts a
 * line that sets `globalThis.TUN_COMMIT` in front of the bundle.
 */
const COMMIT: string | undefined = commitOf(globalThis);

function commitOf(scope: object): string | undefined {
  const commit = "TUN_COMMIT" in scope ? scope.TUN_COMMIT : undefined;
  return typeof commit === "string" && /^[0-9a-f]{7,40}(-dirty)?$/.test(commit)
    ? commit
    : undefined;
}

/** What `tun --version` says. */
export function versionLine(): string {
  return COMMIT === undefined ? `tun ${VERSION}` : `tun ${VERSION} (${COMMIT})`;
}
