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
  /** Whether client and server speak TLS, as they do by default. */
  readonly tls: boolean;
}

/** The server's `maxPoolCount`; its own default. */
const POOL = 5;

const HOST = "app.frp.test";

/** One of frp's ways as a contender. */
export function frp(way: FrpWay): Contender {
  return plannedContender({
    name: `frp ${way.kind}${way.tls ? " over tls" : ""}`,
    family: way.kind === "http" ? "http" : "raw",
    settings: `tcpMux=true poolCount=${POOL} tls=${way.tls} token`,
    availability: () => versionOf("frp", [rivalProgram("frp", "frps"), "--version"]),
    plan: (ground) => planFrp(way, ground),
  });
}

async function planFrp({ kind, tls }: FrpWay, ground: Ground): Promise<Plan> {
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
