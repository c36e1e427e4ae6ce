/**
 * tun with many tunnels at once, as a contender: each tunnel has a client and a session of its own,
 * all clients live in one process.
 *
 * @module
 */

import type { Contender, Running, RunningProcess } from "../contender.ts";
import { LineProgram } from "../process/line_program.ts";
import type { Stage } from "../workload.ts";
import type { ClientsJob } from "./clients.ts";
import type { Memory } from "./settle.ts";

/** How many. */
export interface CrowdSize {
  readonly tunnels: number;
  /** Requests that have been answered in part and wait, over all tunnels. */
  readonly idleStreams: number;
}

/** A crowd that runs. */
export class Crowd implements Running {
  readonly address: Deno.NetAddr;
  readonly host: string;
  readonly processes: readonly RunningProcess[];
  readonly connectMs = 0;
  readonly size: CrowdSize;
  /** What the server held before the first client came. */
  readonly empty: Memory;
  /** From the first client's start to the last one's tunnel. */
  readonly seconds: number;
  readonly #server: LineProgram;
  readonly #undo: AsyncDisposableStack;

  /** Use {@linkcode crowd}. */
  constructor(
    { size, port, host, empty, seconds, server, clients, undo }: {
      readonly size: CrowdSize;
      readonly port: number;
      readonly host: string;
      readonly empty: Memory;
      readonly seconds: number;
      readonly server: LineProgram;
      readonly clients: LineProgram;
      readonly undo: AsyncDisposableStack;
    },
  ) {
    this.address = { transport: "tcp", hostname: "127.0.0.1", port };
    this.host = host;
    this.size = size;
    this.empty = empty;
    this.seconds = seconds;
    this.processes = [
      { role: "server", pid: server.pid },
      { role: "client", pid: clients.pid },
    ];
    this.#server = server;
    this.#undo = undo;
  }

  /** What the server holds now. */
  memory(): Promise<Memory> {
    return this.#server.ask("settle");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}

/** tun with a crowd. */
export function crowd(name: string, size: CrowdSize, stage: Stage): Contender {
  return {
    name,
    family: "tun",
    settings: "by the library: no auth, no log, no caps of tunnels",
    availability: () => Promise.resolve({ version: "this checkout" }),
    start: ({ app }) => startCrowd(size, app.port, stage),
  };
}

async function startCrowd(size: CrowdSize, target: number, stage: Stage): Promise<Crowd> {
  await using undo = new AsyncDisposableStack();
  const scratch = await Deno.makeTempDir({ prefix: "tun-versus-" });
  undo.defer(() => Deno.remove(scratch, { recursive: true }));
  const server = undo.use(startProgram("./server.ts"));
  const ports = await server.ask<{ readonly http: number; readonly tunnel: number }>("start", {
    state: `${scratch}/state`,
    log: `${scratch}/log`,
  });
  const empty = await server.ask<Memory>("settle");
  const clients = undo.use(startProgram("./clients.ts"));
  const endpoint = `tcp://127.0.0.1:${ports.tunnel}`;
  const job: ClientsJob = { endpoint, target, count: size.tunnels };
  const began = performance.now();
  const hosts = await clients.ask<readonly string[]>("connect", job);
  const seconds = (performance.now() - began) / 1000;
  if (size.idleStreams > 0) {
    undo.defer(() => stage.background.ask("release"));
    await stage.background.ask("hang", {
      entrances: hosts.map((host) => ({ hostname: "127.0.0.1", port: ports.http, host })),
      connections: size.idleStreams,
    });
  }
  return new Crowd({
    size,
    port: ports.http,
    host: hosts[0]!,
    empty,
    seconds,
    server,
    clients,
    undo: undo.move(),
  });
}

function startProgram(path: string): LineProgram {
  return new LineProgram(new URL(path, import.meta.url), { v8Flags: ["--expose-gc"] });
}
