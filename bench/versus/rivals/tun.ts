/**
 * tun itself: server and client as their users start them, with authentication, a log and all the
 * rest as it is by default.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { makeCertificate } from "./certificate.ts";
import { versionOf } from "./folder.ts";
import { type Ground, hostPort, onServer, type Plan } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

/** Which tun, and how. */
export interface TunWay {
  /** What is tunnelled: requests by Host, or a port. */
  readonly kind: "http" | "tcp";
  /** How the client reaches the server. */
  readonly carrier: "tcp" | "tls" | "upgrade" | "websocket";
  /** The checkout whose code runs. @default this one */
  readonly tree?: string;
  /** A folder with `tun` and `tun-server`, which run instead of a checkout's code. */
  readonly executables?: string;
  /** What the report calls it. @default `tun http over tcp` and the like */
  readonly name?: string;
  /** More flags, for a comparison of tun with itself. */
  readonly serverFlags?: readonly string[];
  /** The same for the client. */
  readonly clientFlags?: readonly string[];
}

/** The checkout that this file is in. */
const THIS_TREE = new URL("../../../", import.meta.url).pathname;

const NAME = "bench";

/** One of tun's ways as a contender. */
export function tun(way: TunWay): Contender {
  const { kind, carrier, serverFlags = [], clientFlags = [] } = way;
  const origin = way.executables === undefined ? "" : " (executable)";
  return plannedContender({
    name: way.name ?? `tun ${kind} over ${carrier}${origin}`,
    family: "tun",
    settings: ["defaults, token", ...serverFlags, ...clientFlags].join(" "),
    availability: () => versionOf("tun", [...clientCommand(way), "--version"]),
    plan: (ground) => planTun(way, ground),
  });
}

/** All of tun's ways: those of a checkout, or of executables. */
export function tunWays(of: Pick<TunWay, "tree" | "executables"> = {}): readonly Contender[] {
  return [
    tun({ ...of, kind: "http", carrier: "tcp" }),
    tun({ ...of, kind: "http", carrier: "upgrade" }),
    tun({ ...of, kind: "http", carrier: "websocket" }),
    tun({ ...of, kind: "tcp", carrier: "tcp" }),
    // A server with a certificate has visitors of `http` speak TLS as well, which no other
    // contender does; those of `tcp` come as they are.
    tun({ ...of, kind: "tcp", carrier: "tls" }),
  ];
}

async function planTun(way: TunWay, ground: Ground): Promise<Plan> {
  const { kind, carrier, serverFlags = [], clientFlags = [] } = way;
  const [http, tunnel, tcp] = [1, 2, 3].map(() => onServer(ground, ground.freePort())) as [
    Deno.NetAddr,
    Deno.NetAddr,
    Deno.NetAddr,
  ];
  const state = `${ground.scratch}/state`;
  const certificate = carrier === "tls" ? await makeCertificate(ground) : undefined;
  const endpoint = {
    tcp: `tcp://${hostPort(tunnel)}`,
    tls: `tls://${hostPort(tunnel)}`,
    upgrade: `http://${hostPort(http)}`,
    websocket: `ws://${hostPort(http)}`,
  }[carrier];
  return {
    servers: [{
      command: [
        ...serverCommand(way),
        ...["--http", hostPort(http), "--tunnel", hostPort(tunnel)],
        ...["--admin", `127.0.0.1:${ground.freePort()}`, "--state", state],
        ...["--tcp-ports", `${tcp.port}-${tcp.port}`],
        ...(certificate === undefined
          ? []
          : ["--tls-cert", certificate.certificate, "--tls-key", certificate.key]),
        ...serverFlags,
      ],
      listens: [http.port, tunnel.port],
    }],
    clients: [{
      command: async () => [
        ...clientCommand(way),
        ...[kind, hostPort(ground.app), "--endpoint", endpoint],
        // What the server has made for its first client.
        ...["--token", (await Deno.readTextFile(`${state}/first-token`)).trim()],
        ...(kind === "http" ? ["--subdomain", NAME] : ["--port", String(tcp.port)]),
        ...(certificate === undefined ? ["--allow-plaintext"] : ["--ca", certificate.certificate]),
        ...clientFlags,
      ],
      environment: { XDG_CONFIG_HOME: `${ground.scratch}/config` },
    }],
    address: kind === "http" ? http : tcp,
    host: kind === "http" ? `${NAME}.localhost:${http.port}` : hostPort(tcp),
  };
}

function serverCommand({ tree = THIS_TREE, executables }: TunWay): readonly string[] {
  return executables === undefined
    ? [Deno.execPath(), "run", "--allow-all", `${tree}/server/main.ts`]
    : [`${executables}/tun-server`];
}

function clientCommand({ tree = THIS_TREE, executables }: TunWay): readonly string[] {
  return executables === undefined
    ? [Deno.execPath(), "run", "--allow-all", `${tree}/client/main.ts`]
    : [`${executables}/tun`];
}
