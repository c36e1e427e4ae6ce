/**
 * `Via` (RFC 9110, section 7.6.3): who has passed a message on. Ours is how a
 * tunnel that leads back to its own server is found out.
 *
 * @module
 */

import { FieldKind } from "./field_kind.ts";
import type { HeaderBlock } from "./header_block.ts";

/** The name under which we stand in `Via`, unless told otherwise. */
export const VIA_NAME = "tun";

/** True if `name` has already passed this message on. */
export function hasPassedVia(headers: HeaderBlock, name: string = VIA_NAME): boolean {
  if ((headers.kinds & (1 << FieldKind.via)) === 0) return false;
  return headers.getAll("via").some((value) =>
    // A comma in a comment cuts it in two, and neither half can hide a member.
    value.split(",").some((member) =>
      member.trim().split(/[ \t]+/)[1]?.toLowerCase() === name.toLowerCase()
    )
  );
}
