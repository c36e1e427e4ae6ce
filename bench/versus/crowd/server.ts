/**
 * A server of tun that takes a crowd from one address, which the caps of the program are there to
 * prevent. It keeps no log; everything else is as it is by default. Says what memory it holds.
 *
 * @module
 */

import { createServer, type Server, SERVER_DEFAULTS, silentLog } from "../../../server/mod.ts";
import { answerLines } from "../process/answer_lines.ts";
import { settle } from "./settle.ts";

/** More than any crowd. */
const ANY_NUMBER = 1_000_000;

const ANY_PORT = { hostname: "127.0.0.1", port: 0 };

let server: Server | undefined;

if (import.meta.main) {
  await answerLines({
    start: async ({ state }: { readonly state: string }) => {
      server = await createServer({
        ...SERVER_DEFAULTS,
        http: ANY_PORT,
        tunnel: ANY_PORT,
        admin: ANY_PORT,
        auth: { kind: "none" },
        state,
        maxConnections: ANY_NUMBER,
        maxConnectionsPerIp: ANY_NUMBER,
      }, {
        log: silentLog,
        leaseLimits: { perOwner: ANY_NUMBER, perAddress: ANY_NUMBER },
      });
      return { http: server.httpAddress.port, tunnel: server.tunnelAddress.port };
    },
    settle,
  });
}
