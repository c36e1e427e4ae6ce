/**
 * Everything that a client is held to.
 *
 * @module
 */

import type { Rule } from "../wire/rule.ts";
import type { ClientTester } from "./client_tester.ts";
import { ENDING_RULES } from "./ending_rules.ts";
import { FLOW_RULES } from "./flow_rules.ts";
import { HANDSHAKE_RULES } from "./handshake_rules.ts";
import { LINK_RULES } from "./link_rules.ts";
import { REQUEST_RULES } from "./request_rules.ts";
import { RESUME_RULES } from "./resume_rules.ts";
import { STREAM_RULES } from "./stream_rules.ts";
import { VIOLATION_RULES } from "./violation_rules.ts";

/** The rules, those first on which others rest. */
export const CLIENT_RULES: readonly Rule<ClientTester>[] = [
  ...HANDSHAKE_RULES,
  ...REQUEST_RULES,
  ...STREAM_RULES,
  ...FLOW_RULES,
  ...LINK_RULES,
  ...RESUME_RULES,
  ...ENDING_RULES,
  ...VIOLATION_RULES,
];
