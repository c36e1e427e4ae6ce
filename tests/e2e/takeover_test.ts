/**
 * A client that is frozen while a second one of its owner takes its name: nobody waits for the
 * frozen one, and it does not come back.
 *
 * @module
 */

import { assertEquals, assertLess } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { ClientSession, type Control, newNonce, TcpTransport } from "@tun/protocol";
import { EventLog } from "../support/event_log.ts";
import { type BootedServer, parseAnswer } from "../support/tunnel_boot.ts";
import { heapInUse } from "./endurance_heap.ts";
import { startClient } from "./endurance_process.ts";
import { bootImpatientServer } from "./reconnect_server.ts";
import { StreamingApp } from "./streaming_app.ts";
import { figure, mib, sized } from "./streaming_bytes.ts";

const onLinux = { ignore: Deno.build.os !== "linux" };

const NAME = "shop";

for (const isLate of [false, true]) {
  const when = isLate ? "after more than the resume time" : "soon";
  Deno.test(
    `Take-over: a client that is stopped and thawed ${when} learns that it lost`,
    onLinux,
    async () => {
      await using app = new StreamingApp();
      await using server = await bootImpatientServer();
      const config = await Deno.makeTempDir();
      const start = () =>
        startClient({ port: server.port, target: app.port, config, flags: ["--name", NAME] });
      await using first = start();
      const { url } = await first.event("ready");
      assertEquals((await visit(server)).status, 200);

      first.kill("SIGSTOP");
      const seen = server.log.all.length;
      const started = server.log.first(({ name }) => name === "session_started", seen)
        .then(() => performance.now());
      await using second = start();
      const ready = await second.event("ready");
      const took = performance.now() - await started;
      figure(`the second client had the name after ${took.toFixed(0)} ms`);
      assertLess(took, 1_000);
      assertEquals(ready.url, url);
      assertEquals((await visit(server)).status, 200);
      await second.event("request");

      if (isLate) await server.log.first(({ name }) => name === "session_closed", seen);
      first.kill("SIGCONT");
      const { code } = await first.status;
      assertEquals(code, 4);
      assertEquals((await first.event("displaced")).code, "displaced");
      assertEquals((await visit(server)).status, 200);
      assertEquals(second.events.all.map(({ event }) => event).filter(isAboutTunnel), ["ready"]);

      second.kill("SIGINT");
      assertEquals((await second.status).code, 0);
      await Deno.remove(config, { recursive: true });
    },
  );
}

function isAboutTunnel(event: string): boolean {
  return event !== "request" && event !== "warning";
}

async function visit(server: BootedServer) {
  const host = `${NAME}.localhost:${server.port}`;
  return parseAnswer(
    await server.exchange(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
  );
}

const TAKEOVERS = 1_000;

/** Everything is measured against the state after so many, when caches are full. */
const WARM_UP = 300;

/** What a thousand take-overs may leave behind; a leaked session alone is some 20 KiB. */
const MOST_GROWTH = 4 * 1024 * 1024;

Deno.test("Take-over: a thousand of them, each from a frozen client, leak nothing", async () => {
  await using server = await bootImpatientServer(
    { resumeMs: 200, pingAfterMs: 500, deadAfterMs: 1_500 },
    { drainTimeoutMs: 100 },
  );
  const leaseKey = encodeHex(crypto.getRandomValues(new Uint8Array(32)));
  const clients: FrozenClient[] = [];
  let slowest = 0;
  let heap = 0;
  const count = sized(TAKEOVERS, 3 * TAKEOVERS);
  for (let number = 0; number < count; number++) {
    if (number === WARM_UP) heap = await quietHeap(server, clients);
    clients.at(-1)?.freeze();
    const client = await FrozenClient.connect(server.server.tunnelAddress.port, leaseKey);
    slowest = Math.max(slowest, client.claimMs);
    clients.push(client);
  }
  const growth = await quietHeap(server, clients) - heap;
  figure(`${count} take-overs: ${slowest.toFixed(0)} ms at most, heap ${mib(growth)} larger`);
  assertLess(slowest, 1_000);
  assertEquals(server.server.tunnels, 1);
  assertEquals(server.server.sessions, 1);
  assertLess(growth, MOST_GROWTH);
  for (const client of clients) client.leave();
});

/** The heap, once the server has given up all sessions but one. */
async function quietHeap(server: BootedServer, clients: FrozenClient[]): Promise<number> {
  const starts = (name: string) => server.log.all.filter((event) => event.name === name).length;
  while (starts("session_started") - starts("session_closed") > 1) {
    await server.log.next(({ name }) => name === "session_closed");
  }
  // What the test itself remembers does not count.
  for (const frozen of clients.splice(0, clients.length - 1)) frozen.leave();
  server.log.all.length = 0;
  server.log.add({ name: "session_started", fields: {} });
  return await heapInUse();
}

/** A client that claims a name and then neither reads nor answers. */
class FrozenClient {
  readonly #client: ClientSession;
  /** How long it took to get the name. */
  readonly claimMs: number;

  private constructor(client: ClientSession, claimMs: number) {
    this.#client = client;
    this.claimMs = claimMs;
  }

  static async connect(port: number, leaseKey: string): Promise<FrozenClient> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const controls = new EventLog<Control>();
    const started = performance.now();
    const client = await ClientSession.start(new FreezingTransport(conn), {
      agent: "test",
      leaseKey,
      user: {
        onControl: controls.add,
        onStream: (stream) => stream.reset("refused"),
        onPaused: () => {},
        onResumed: () => {},
      },
    });
    client.session.sendControl({
      type: "claim",
      tunnel: 0,
      kind: "http",
      mode: "claim",
      nonce: newNonce(),
      name: NAME,
    });
    await controls.first(({ type }) => type === "claimed");
    return new FrozenClient(client, performance.now() - started);
  }

  /** Whatever comes stays where it is. */
  freeze(): void {
    (this.#client.session.transport as FreezingTransport).isFrozen = true;
  }

  /** The process ends, and the system closes its connection. */
  leave(): void {
    this.#client.session.close("normal");
    this.#client.session.transport?.close();
  }
}

/** A connection that can be frozen: what comes is not seen, and writes do not end. */
class FreezingTransport extends TcpTransport {
  isFrozen = false;

  override async read(): Promise<Uint8Array | null> {
    const bytes = await super.read();
    return this.isFrozen ? await never() : bytes;
  }

  override write(bytes: Uint8Array): Promise<void> {
    return this.isFrozen ? never() : super.write(bytes);
  }
}

/** A new one each time: one for all would keep everybody who waits for it. */
function never(): Promise<never> {
  return new Promise(() => {});
}
