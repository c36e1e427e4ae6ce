/**
 * Every attack of the suite.
 *
 * @module
 */

import { ANSWER_ATTACKS } from "./answer_attacks.ts";
import type { Attack } from "./attack.ts";
import { FLOOD_ATTACKS } from "./flood_attacks.ts";
import { SLOW_ATTACKS } from "./slow_attacks.ts";
import { TENANT_ATTACKS } from "./tenant_attacks.ts";

/** All of them. */
export const ATTACKS: readonly Attack[] = [
  ...SLOW_ATTACKS,
  ...FLOOD_ATTACKS,
  ...TENANT_ATTACKS,
  ...ANSWER_ATTACKS,
];
