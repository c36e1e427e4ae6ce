/**
 * chisel: a reverse tunnel of its own, SSH inside a WebSocket. That encryption is always on.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { rivalProgram, versionOf } from "./folder.ts";
import { hostPort, onServer } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

const PROGRAM = rivalProgram("chisel", "chisel");

/** chisel as a contender. It has no setting for speed. */
export const chisel: Contender = plannedContender({
  name: "chisel",
  family: "raw",
  settings: "reverse, auth; SSH encryption cannot be switched off",
  availability: () => versionOf("chisel", [PROGRAM, "--version"]),
  plan: (ground) => {
    const port = ground.freePort();
    const address = onServer(ground, ground.freePort());
    const control = onServer(ground, port);
    // In the environment, so that other users of the machine do not see it among the processes.
    const environment = { AUTH: `bench:${crypto.randomUUID()}` };
    return {
      servers: [{
        command: [PROGRAM, "server", "--reverse", "--host", control.hostname, "--port", `${port}`],
        environment,
        listens: [port],
      }],
      clients: [{
        command: [
          ...[PROGRAM, "client", `http://${hostPort(control)}`],
          `R:${hostPort(address)}:${hostPort(ground.app)}`,
        ],
        environment,
      }],
      address,
      host: hostPort(address),
    };
  },
});
