/**
 * HAProxy, once or twice in a row: no tunnel, but what is left when a request is parsed and carried
 * on by a program that does little else.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { systemProgram, versionOf } from "./folder.ts";
import { type Ground, hostPort, onServer, type Plan, writeConfig } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

/** HAProxy as a contender: on the server's side alone, or on both. */
export function haproxy(hops: 1 | 2): Contender {
  return plannedContender({
    name: `haproxy ${hops} ${hops === 1 ? "hop" : "hops"}`,
    family: "limit",
    settings: "http mode, keep-alive, http-reuse=always, no log",
    availability: async () => await versionOf("haproxy", [await systemProgram("haproxy"), "-v"]),
    plan: (ground) => planHaproxy(hops, ground),
  });
}

async function planHaproxy(hops: 1 | 2, ground: Ground): Promise<Plan> {
  const program = await systemProgram("haproxy");
  const address = onServer(ground, ground.freePort());
  // With one hop nothing runs on the client's side, and the app is reached across the leg.
  const { hostname } = ground.leg.client;
  const second = { ...ground.app, hostname, port: ground.freePort() };
  const target = hops === 1 ? { ...ground.app, hostname } : second;
  const run = async (name: string, from: Deno.NetAddr, to: Deno.NetAddr) => ({
    command: [program, "-db", "-f", await writeConfig(ground, name, configuration(from, to))],
    listens: [from.port],
  });
  return {
    servers: [await run("first.cfg", address, target)],
    clients: hops === 1 ? [] : [await run("second.cfg", second, ground.app)],
    address,
    host: hostPort(address),
  };
}

function configuration(from: Deno.NetAddr, to: Deno.NetAddr): string {
  return `
global
  maxconn 8000
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  # The fastest there is; the app keeps idle connections open longer than we measure.
  http-reuse always
frontend visitors
  bind ${hostPort(from)}
  default_backend app
backend app
  server app ${hostPort(to)}
`;
}
