/**
 * piko: a server node, and an agent that carries requests to an endpoint's app.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { rivalProgram, versionOf } from "./folder.ts";
import { hostPort, onServer } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

const PROGRAM = rivalProgram("piko", "piko");

/** piko as a contender; its TCP endpoints need a program of its own at the visitor's. */
export const piko: Contender = plannedContender({
  name: "piko",
  family: "http",
  settings: "one node, access logs off",
  availability: () => versionOf("piko", [PROGRAM, "--version"]),
  plan: (ground) => {
    const [proxy, upstream, admin, gossip] = [1, 2, 3, 4].map(() =>
      onServer(ground, ground.freePort())
    ) as [Deno.NetAddr, Deno.NetAddr, Deno.NetAddr, Deno.NetAddr];
    return {
      servers: [{
        command: [
          ...[PROGRAM, "server"],
          ...["--proxy.bind-addr", hostPort(proxy)],
          ...["--upstream.bind-addr", hostPort(upstream)],
          ...["--admin.bind-addr", hostPort(admin)],
          ...["--cluster.gossip.bind-addr", hostPort(gossip)],
          // By default it writes a line for every request.
          "--proxy.access-log.disable",
        ],
        listens: [proxy.port, upstream.port],
      }],
      clients: [{
        command: [
          ...[PROGRAM, "agent", "http", "app", hostPort(ground.app)],
          ...["--connect.url", `http://${hostPort(upstream)}`],
          ...["--server.bind-addr", `127.0.0.1:${ground.freePort()}`],
          "--access-log.disable",
        ],
      }],
      address: proxy,
      host: "app.piko.test",
    };
  },
});
