/**
 * A server in this process that gives up on clients sooner than a real one: what takes it a minute
 * takes seconds here.
 *
 * @module
 */

import { DEFAULT_LIMITS, type Limits } from "../../protocol/limits.ts";
import type { ServerConfig } from "../../server/mod.ts";
import { type BootedServer, bootServer } from "../support/tunnel_boot.ts";

/** Resumes are possible for a second, and silence is noticed in half of one. */
export const IMPATIENT: Limits = {
  ...DEFAULT_LIMITS,
  resumeMs: 1_000,
  pingAfterMs: 200,
  deadAfterMs: 500,
};

/** Starts it on free ports. */
export function bootImpatientServer(
  limits: Partial<Limits> = IMPATIENT,
  settings: Partial<ServerConfig> = {},
): Promise<BootedServer> {
  return bootServer(settings, { limits });
}
