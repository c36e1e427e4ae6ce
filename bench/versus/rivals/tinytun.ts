/**
 * tinytun: looks at the first Host of a connection, and relays the bytes over an HTTP/2 stream.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { rivalProgram, versionOf } from "./folder.ts";
import { hostPort, onServer } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

/**
 * It lets so many visitors' connections be open at once; the default of 100 would leave the rest
 * without an answer.
 */
const CONCURRENCY = 1_024;

/**
 * tinytun as a contender: its HTTP tunnels. A TCP tunnel has no port of its own, but asks of
 * visitors that they send the PROXY protocol first.
 */
export const tinytun: Contender = plannedContender({
  name: "tinytun",
  family: "raw",
  settings: `http, concurrency=${CONCURRENCY}; no authentication of its own`,
  availability: () => versionOf("tinytun", [rivalProgram("tinytun", "tinytun"), "--version"]),
  plan: (ground) => {
    // It listens on all addresses; there is no setting for that.
    const control = onServer(ground, ground.freePort());
    const address = onServer(ground, ground.freePort());
    return {
      servers: [{
        command: [rivalProgram("tinytun", "tinytun-server")],
        environment: {
          CONNECTION_PORT: String(control.port),
          PROXY_PORT: String(address.port),
          TCP_PROXY_PORT: String(ground.freePort()),
          METADATA_PORT: String(ground.freePort()),
          BASE_DOMAIN: "tinytun.test",
        },
        listens: [control.port, address.port],
      }],
      clients: [{
        // It dials `localhost` only.
        command: [
          ...[rivalProgram("tinytun", "tinytun"), "http", String(ground.app.port)],
          ...["--subdomain", "app", "--concurrency", String(CONCURRENCY)],
        ],
        environment: { TINYTUN_SERVER_URL: `http://${hostPort(control)}` },
      }],
      address,
      host: "app.tinytun.test",
    };
  },
});
