/**
 * Every flag of `tun-server`, a row each, in the order of the help. Help, parsing, environment,
 * config file and the README's tables follow from the row.
 *
 * @module
 */

import type { Flag } from "./flag.ts";
import { ACCESS_FLAGS } from "./flags/access.ts";
import { LISTENING_FLAGS } from "./flags/listening.ts";
import { NAMES_FLAGS } from "./flags/names.ts";
import { RUNNING_FLAGS } from "./flags/running.ts";
import { KEYED, section } from "./flags/section.ts";
import { TOKEN_FLAGS } from "./flags/token.ts";

/** The table. */
export const FLAGS: readonly Flag[] = [
  ...LISTENING_FLAGS,
  ...NAMES_FLAGS,
  ...ACCESS_FLAGS,
  ...RUNNING_FLAGS,
  ...TOKEN_FLAGS,
  ...section("Other", KEYED, [
    {
      name: "help",
      short: "h",
      type: { kind: "boolean" },
      help: "this page; after a subcommand, its page",
    },
    {
      name: "version",
      short: "V",
      type: { kind: "boolean" },
      help: "print the version",
    },
  ]),
];
