/**
 * Everything that a server is held to.
 *
 * @module
 */

import type { Rule } from "../wire/rule.ts";
import { HANDSHAKE_RULES } from "./handshake_rules.ts";
import { LINK_RULES } from "./link_rules.ts";
import { RESUME_RULES } from "./resume_rules.ts";
import type { ServerTester } from "./server_tester.ts";
import { VIOLATION_RULES } from "./violation_rules.ts";
import { VISIT_RULES } from "./visit_rules.ts";

/** The rules, those first on which others rest. */
export const SERVER_RULES: readonly Rule<ServerTester>[] = [
  ...HANDSHAKE_RULES,
  ...LINK_RULES,
  ...RESUME_RULES,
  ...VISIT_RULES,
  ...VIOLATION_RULES,
];
