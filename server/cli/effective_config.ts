/**
 * What `--check-config` prints: every setting with its value and where that is from, in the form
 * of a config file. Secrets are not shown.
 *
 * @module
 */

import { fileFlags, keyOf } from "./config_file.ts";
import type { Flag } from "./flag.ts";
import type { FlagValues } from "./flag_values.ts";
import { masked } from "../masked.ts";

const MASK = "********";

/** Renders the values, with a line end behind each. */
export function effectiveConfig(flags: readonly Flag[], values: FlagValues): string {
  const rows = fileFlags(flags).map((flag) => {
    const key = keyOf(flag);
    const found = values.any(flag.name);
    if (found === undefined) {
      const fallback = flag.fallback ?? (flag.type.kind === "boolean" ? "off" : "none");
      return [`# ${key}:`, fallback];
    }
    const { type } = flag;
    const value = flag.secret
      ? JSON.stringify(MASK)
      : type.kind === "boolean"
      ? String(found.value)
      : type.kind === "integer"
      ? found.text
      : flag.repeat
      ? masked(JSON.stringify(values.list(flag.name)!.value))
      : masked(JSON.stringify(found.text));
    // The origin of a file's value ends with its key, which stands there already.
    return [`${key} = ${value}`, `# ${found.origin.replace(/: \w+$/, "")}`];
  });
  const width = Math.max(...rows.map(([left]) => left!.length));
  return rows.map(([left, right]) => `${left!.padEnd(width)} ${right}\n`).join("");
}
