/**
 * A server in this process that gives up on clients sooner than a real one: what takes it a minute
 * takes seconds here.
 *
 * @module
 */

import { DEFAULT_LIMITS, type Limits } from "../../protocol/limits.ts";
import { createServer, SERVER_DEFAULTS, type ServerConfig } from "../../server/mod.ts";
import { EventLog } from "../support/event_log.ts";
import { BootedServer, type LoggedEvent } from "../support/tunnel_boot.ts";

/** Resumes are possible for a second, and silence is noticed in half of one. */
export const IMPATIENT: Limits = {
  ...DEFAULT_LIMITS,
  resumeMs: 1_000,
  pingAfterMs: 200,
  deadAfterMs: 500,
};

const ANY_PORT = { hostname: "127.0.0.1", port: 0 } as const;

/** Starts it on free ports. */
export async function bootImpatientServer(
  limits: Partial<Limits> = IMPATIENT,
  settings: Partial<ServerConfig> = {},
): Promise<BootedServer> {
  const log = new EventLog<LoggedEvent>();
  const event = (name: string, fields: LoggedEvent["fields"] = {}) => log.add({ name, fields });
  const config: ServerConfig = {
    ...SERVER_DEFAULTS,
    http: ANY_PORT,
    tunnel: ANY_PORT,
    admin: ANY_PORT,
    auth: { kind: "none" },
    state: await Deno.makeTempDir({ prefix: "tun-test-" }),
    ...settings,
  };
  const server = await createServer(config, { log: { event }, limits });
  return new BootedServer(server, config, log);
}
