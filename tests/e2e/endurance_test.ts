/**
 * Many requests and many tunnels: nothing fails, and nothing stays behind.
 *
 * @module
 */

import { assertEquals, assertLess } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { ClientSession, type Control, TcpTransport, type TunnelStream } from "@tun/protocol";
import { createServer, type Server, SERVER_DEFAULTS, silentLog } from "../../server/mod.ts";
import { EventLog } from "../support/event_log.ts";
import { heapInUse } from "./endurance_heap.ts";
import { type ProgramProcess, ServerProcess, startClient } from "./endurance_process.ts";
import { KeepAliveVisitor } from "./endurance_visitor.ts";
import { figure, mib, sized } from "./streaming_bytes.ts";

const MIB = 1024 * 1024;

const onLinux = { ignore: Deno.build.os !== "linux" };

const SEQUENTIAL = sized(4_000, 10_000);
const CONCURRENT = sized(40_000, 100_000);
const AT_ONCE = 100;

/** What memory may differ by after so many requests: the collector's mood, not a leak. */
const MOST_GROWTH = 30 * MIB;

Deno.test(
  "Endurance: many requests, one by one and 100 at once, fail and leave nothing",
  onLinux,
  async () => {
    await using app = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("hello"),
    );
    await using server = await ServerProcess.start("--single");
    const config = await Deno.makeTempDir();
    const { http: port } = server.ports;
    await using client = startClient({ port, target: app.addr.port, config });
    await client.event("ready");
    const programs = [["server", server.program], ["client", client]] as const;

    await burst(port, AT_ONCE, CONCURRENT / 2);
    const before = programs.map(([, program]) => program.memory().resident);
    const oneByOne = await burst(port, 1, SEQUENTIAL);
    const together = await burst(port, AT_ONCE, CONCURRENT);
    figure(`${SEQUENTIAL} one by one: ${oneByOne}/s; ${CONCURRENT} by ${AT_ONCE}: ${together}/s`);
    for (const [index, [name, program]] of programs.entries()) {
      const after = settled(program);
      figure(`${name}: ${mib(before[index]!)} before, ${mib(after)} after`);
      assertLess(after - before[index]!, MOST_GROWTH, name);
    }

    const [tunnel, ...others] = await server.tunnels();
    assertEquals(others, []);
    assertEquals(tunnel!.streams, 0);
    assertEquals(tunnel!.requests, SEQUENTIAL + CONCURRENT * 3 / 2);
    assertEquals(tunnel!.resumes, 0);
    const sessions = server.program.events.all.filter(({ event }) => event === "session_started");
    assertEquals(sessions.length, 1);
    await Deno.remove(config, { recursive: true });
  },
);

function settled(program: ProgramProcess): number {
  return program.memory().resident;
}

/** So many requests over so many connections; how many a second. */
async function burst(port: number, atOnce: number, requests: number): Promise<number> {
  const started = performance.now();
  let left = requests;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    using visitor = await KeepAliveVisitor.connect(port, "app.localhost");
    while (left-- > 0) assertEquals(await visitor.get("/"), { status: 200, body: "hello" });
  }));
  return Math.round(requests / ((performance.now() - started) / 1000));
}

const TUNNELS = 1_000;

/** A session with all defaults of its own may cost so much on both ends together. */
const MOST_PER_SESSION = 100 * 1024;
const MOST_PER_TUNNEL = 20 * 1024;

Deno.test("Endurance: a thousand tunnels of ten sessions, each answering", async () => {
  await manyTunnels({ sessions: TUNNELS / 100, each: 100, most: MOST_PER_TUNNEL });
});

Deno.test("Endurance: a thousand sessions with a tunnel, each answering", async () => {
  await manyTunnels({ sessions: TUNNELS, each: 1, most: MOST_PER_SESSION });
});

async function manyTunnels(
  { sessions, each, most }: { sessions: number; each: number; most: number },
): Promise<void> {
  await using server = await quietServer();
  const memory = async () => await heapInUse() + Deno.memoryUsage().external;
  const before = await memory();
  const residentBefore = Deno.memoryUsage().rss;
  const clients: ClientSession[] = [];
  for (let number = 0; number < sessions; number++) {
    clients.push(await manyNamed(server, number, each));
  }
  assertEquals(server.tunnels, sessions * each);
  const idle = await memory();
  const resident = Deno.memoryUsage().rss - residentBefore;
  const perTunnel = (idle - before) / (sessions * each);
  figure(
    `${sessions} sessions of ${each}: ${(perTunnel / 1024).toFixed(1)} KiB of heap a tunnel for ` +
      `both ends together (${(resident / (sessions * each) / 1024).toFixed(1)} KiB resident)`,
  );
  assertLess(perTunnel, most);

  const { port } = server.httpAddress;
  for (let number = 0; number < sessions; number++) {
    for (let tunnel = 0; tunnel < each; tunnel++) {
      const name = `t${number}-${tunnel}`;
      using visitor = await KeepAliveVisitor.connect(port, `${name}.localhost:${port}`);
      assertEquals(await visitor.get("/"), { status: 200, body: String(tunnel) });
    }
  }
  for (const { session } of clients) session.close("normal");
  await Promise.all(clients.map(({ session }) => session.gone));
}

/** A server that keeps no log, and lets one address have all names. */
async function quietServer(): Promise<Server> {
  const any = { hostname: "127.0.0.1", port: 0 };
  const state = await Deno.makeTempDir({ prefix: "tun-test-" });
  return await createServer(
    { ...SERVER_DEFAULTS, http: any, tunnel: any, admin: any, auth: { kind: "none" }, state },
    { log: silentLog, leaseLimits: { perAddress: TUNNELS } },
  );
}

/** A session with so many tunnels, each of which answers with its number. */
async function manyNamed(server: Server, number: number, tunnels: number): Promise<ClientSession> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.tunnelAddress.port });
  const controls = new EventLog<Control>();
  const client = await ClientSession.start(new TcpTransport(conn), {
    agent: "test",
    leaseKey: encodeHex(crypto.getRandomValues(new Uint8Array(32))),
    user: {
      onControl: controls.add,
      onStream: answerWithNumber,
      onPaused: () => {},
      onResumed: () => {},
    },
  });
  for (let tunnel = 0; tunnel < tunnels; tunnel++) {
    const name = `t${number}-${tunnel}`;
    client.session.sendControl({ type: "claim", tunnel, kind: "http", mode: "claim", name });
  }
  const refusedOrLast = (control: Control) =>
    control.type === "claim_refused" ||
    control.type === "claimed" && control.tunnel === tunnels - 1;
  assertEquals((await controls.first(refusedOrLast)).type, "claimed");
  controls.all.length = 0;
  return client;
}

function answerWithNumber(stream: TunnelStream): void {
  const body = utf8.encode(String(stream.head.tunnel));
  const headers = utf8.encode(`Content-Length: ${body.length}\r\n`);
  stream.respond({ status: 200, minorVersion: 1, reason: "OK", headers }, body, true)
    .catch(() => {});
}

const utf8 = new TextEncoder();
