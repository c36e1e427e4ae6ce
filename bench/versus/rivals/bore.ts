/**
 * bore: a TCP relay that opens a connection of its own for every visitor.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { rivalProgram, versionOf } from "./folder.ts";
import { hostPort, onServer } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

/** The port between its client and server; it cannot be chosen, so only one can run at a time. */
const CONTROL_PORT = 7835;

const PROGRAM = rivalProgram("bore", "bore");

/** bore as a contender. It has no setting for speed. */
export const bore: Contender = plannedContender({
  name: "bore",
  family: "raw",
  settings: "secret",
  availability: () => versionOf("bore", [PROGRAM, "--version"]),
  plan: (ground) => {
    const address = onServer(ground, ground.freePort());
    const environment = { BORE_SECRET: crypto.randomUUID() };
    return {
      servers: [{
        command: [PROGRAM, "server", "--bind-addr", address.hostname],
        environment,
        listens: [CONTROL_PORT],
      }],
      clients: [{
        command: [
          ...[PROGRAM, "local", String(ground.app.port), "--local-host", ground.app.hostname],
          ...["--to", address.hostname, "--port", String(address.port)],
        ],
        environment,
      }],
      address,
      host: hostPort(address),
    };
  },
});
