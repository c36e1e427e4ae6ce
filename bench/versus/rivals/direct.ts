/**
 * No tunnel at all: what visitor, app and network can do.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { hostPort } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

/** The app itself as a contender, reached across the leg. */
export const direct: Contender = plannedContender({
  name: "direct",
  family: "limit",
  settings: "no tunnel",
  availability: () => Promise.resolve({ version: "-" }),
  plan: ({ app, leg }) => {
    const address = { ...app, hostname: leg.client.hostname };
    return { servers: [], clients: [], address, host: hostPort(address) };
  },
});
