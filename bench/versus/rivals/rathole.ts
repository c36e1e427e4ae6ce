/**
 * rathole: a TCP relay with a pool of data channels.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { rivalProgram, versionOf } from "./folder.ts";
import { hostPort, onServer, writeConfig } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

const PROGRAM = rivalProgram("rathole", "rathole");

/** rathole as a contender. */
export const rathole: Contender = plannedContender({
  name: "rathole",
  family: "raw",
  settings: "tcp transport, nodelay=true, token",
  availability: () => versionOf("rathole", [PROGRAM, "--version"], /(?<=Version:\s+)\d[\w.]*/),
  plan: async (ground) => {
    const control = onServer(ground, ground.freePort());
    const address = onServer(ground, ground.freePort());
    const token = crypto.randomUUID();
    // `nodelay` is its default, and what its documentation recommends for latency.
    const server = `
[server]
bind_addr = "${hostPort(control)}"
default_token = "${token}"
[server.transport]
type = "tcp"
[server.transport.tcp]
nodelay = true
[server.services.app]
bind_addr = "${hostPort(address)}"
`;
    const client = `
[client]
remote_addr = "${hostPort(control)}"
default_token = "${token}"
[client.transport]
type = "tcp"
[client.transport.tcp]
nodelay = true
[client.services.app]
local_addr = "${hostPort(ground.app)}"
`;
    return {
      servers: [{
        command: [PROGRAM, "--server", await writeConfig(ground, "server.toml", server)],
        listens: [control.port],
      }],
      clients: [{
        command: [PROGRAM, "--client", await writeConfig(ground, "client.toml", client)],
      }],
      address,
      host: hostPort(address),
    };
  },
});
