/**
 * frp: `frps` on the server's side, `frpc` on the client's.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { rivalProgram, versionOf } from "./folder.ts";
import { type Ground, onServer, type Plan, writeConfig } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

/** Which of frp's ways. */
interface FrpWay {
  /** `http` parses requests and routes by Host; `tcp` relays a port. */
  readonly kind: "http" | "tcp";
  /** Whether client and server speak TLS, as they do by default. @default false */
  readonly tls?: boolean;
  /** Whether all visitors share one connection, as they do by default. @default true */
  readonly mux?: boolean;
}

/**
 * Streams, or connections, that wait for visitors. 5 is what its example files say and what its
 * server allows by default; with 50 no run was faster beyond the noise.
 */
const POOL = 5;

const HOST = "app.frp.test";

/** One of frp's ways as a contender. */
export function frp({ kind, tls = false, mux = true }: FrpWay): Contender {
  return plannedContender({
    name: `frp ${kind}${tls ? " over tls" : ""}${mux ? "" : " without mux"}`,
    family: kind === "http" ? "http" : "raw",
    settings: `tcpMux=${mux} poolCount=${POOL} tls=${tls} token`,
    availability: () => versionOf("frp", [rivalProgram("frp", "frps"), "--version"]),
    plan: (ground) => planFrp({ kind, tls, mux }, ground),
  });
}

async function planFrp({ kind, tls, mux }: Required<FrpWay>, ground: Ground): Promise<Plan> {
  const bindPort = ground.freePort();
  const publicPort = ground.freePort();
  const address = onServer(ground, publicPort);
  const token = crypto.randomUUID();
  const server = await writeConfig(
    ground,
    "frps.toml",
    `
bindAddr = "${address.hostname}"
bindPort = ${bindPort}
proxyBindAddr = "${address.hostname}"
auth.token = "${token}"
transport.maxPoolCount = ${POOL}
transport.tcpMux = ${mux}
${kind === "http" ? `vhostHTTPPort = ${publicPort}` : ""}
`,
  );
  const client = await writeConfig(
    ground,
    "frpc.toml",
    `
serverAddr = "${address.hostname}"
serverPort = ${bindPort}
auth.token = "${token}"
transport.poolCount = ${POOL}
transport.tcpMux = ${mux}
transport.tls.enable = ${tls}

[[proxies]]
name = "app"
type = "${kind}"
localIP = "${ground.app.hostname}"
localPort = ${ground.app.port}
${kind === "http" ? `customDomains = ["${HOST}"]` : `remotePort = ${publicPort}`}
`,
  );
  const listens = kind === "http" ? [bindPort, publicPort] : [bindPort];
  return {
    servers: [{ command: [rivalProgram("frp", "frps"), "-c", server], listens }],
    clients: [{ command: [rivalProgram("frp", "frpc"), "-c", client] }],
    address,
    host: HOST,
  };
}
