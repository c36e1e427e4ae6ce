/**
 * SIGHUP: what can change does, what cannot is said, a mistake changes nothing, and nothing that
 * is open is dropped.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ProgramProcess } from "../e2e/endurance_process.ts";
import { KeepAliveVisitor } from "../e2e/endurance_visitor.ts";
import { figure } from "../e2e/streaming_bytes.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { TcpEcho } from "../support/tcp_echo.ts";
import { type Certificate, CERTIFICATES, ReloadWorld } from "./reload_world.ts";

const posix = { ignore: Deno.build.os === "windows" };

const RELOADS = 20;

/** Visitors with a connection each, that send one request after the other. */
const KEPT_ALIVE = 4;

/** An app with a page and a WebSocket that echoes. */
function webApp(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response("hello");
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  });
}

async function dial(port: number, ...trusted: readonly Certificate[]): Promise<Deno.TlsConn> {
  const caCerts = trusted.map(({ ca }) => ca);
  const conn = await Deno.connectTls({ hostname: "localhost", port, caCerts });
  try {
    await conn.handshake();
    return conn;
  } catch (error) {
    conn.close();
    throw error;
  }
}

/** Asks for the page once over a new connection. */
async function visitOnce(port: number, host: string, ...trusted: Certificate[]): Promise<void> {
  using visitor = new KeepAliveVisitor(await dial(port, ...trusted), host);
  assertEquals(await visitor.get("/"), { status: 200, body: "hello" });
}

/** True where the system hands connections that are being made from one listener to the next. */
async function isSeamless(): Promise<boolean> {
  const setting = "/proc/sys/net/ipv4/tcp_migrate_req";
  return (await Deno.readTextFile(setting).catch(() => "0")).trim() === "1";
}

Deno.test(
  "Reload: twenty under load, with another certificate each, drop nothing",
  posix,
  async () => {
    await using app = webApp();
    await using echo = new TcpEcho();
    await using world = await ReloadWorld.start(`domain = "localhost"\n`, CERTIFICATES[0]);
    const { http, tunnel } = world.server.ports;
    await world.client(String(app.addr.port), "-e", `https://localhost:${http}`, "-s", "web");
    const tcp = await world.client(
      ...["tcp", String(echo.port)],
      ...["-e", `tls://localhost:${tunnel}`],
    );

    const stop = new AbortController();
    const until = async (step: () => Promise<void>) => {
      while (!stop.signal.aborted) await step();
    };
    let requests = 0;
    const keptAlive = Array.from({ length: KEPT_ALIVE }, async () => {
      using visitor = new KeepAliveVisitor(await dial(http, CERTIFICATES[0]), "web.localhost");
      await until(async () => {
        assertEquals(await visitor.get("/"), { status: 200, body: "hello" });
        requests++;
      });
    });
    let connections = 0;
    let resets = 0;
    const fresh = until(async () => {
      try {
        await visitOnce(http, "web.localhost", ...CERTIFICATES);
        connections++;
      } catch (error) {
        // Before a byte was answered: whoever dials dials again.
        if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
        resets++;
      }
    });
    using socket = new RawConnection(await dial(http, CERTIFICATES[0]));
    await socket.send(
      "GET / HTTP/1.1\r\nHost: web.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    assertMatch(await socket.take((text) => text.includes("\r\n\r\n")), /^HTTP\/1\.1 101 /);
    using raw = await RawConnection.to(Number(/\d+$/.exec(String(tcp.url))![0]));
    let echoes = 0;
    const chatting = until(async () => {
      await socket.send("\x81\x84\0\0\0\0ping");
      assertEquals(await socket.takeBytes(6), "\x81\x04ping");
      await raw.send("ping");
      assertEquals(await raw.takeBytes(4), "ping");
      echoes++;
    });
    const load = Promise.all([...keptAlive, fresh, chatting]);
    load.catch(() => {});

    for (let round = 1; round <= RELOADS; round++) {
      const next = CERTIFICATES[round % 2]!;
      const before = CERTIFICATES[(round + 1) % 2]!;
      world.changeCertificate(next);
      const said = await Promise.race([world.reload(), load.then(() => [])]);
      assertEquals(said.map(({ event, setting }) => [event, setting]), [
        ["reloaded", "tls-cert"],
        ["reload_done", undefined],
      ]);
      await visitOnce(http, "web.localhost", next);
      for (const port of [http, tunnel]) {
        (await dial(port, next)).close();
        await assertRejects(() => dial(port, before), Deno.errors.InvalidData);
      }
    }
    stop.abort();
    await load;
    figure(
      `${RELOADS} reloads: ${requests} requests, ${connections} new connections (${resets} reset), ` +
        `${echoes} echoes`,
    );
    assert(requests > RELOADS && connections > 0 && echoes > RELOADS, "there was a load");
    // Without the system's help a connection may be made just when its listener closes.
    assert(resets <= (await isSeamless() ? 0 : 2), `${resets} connections were reset`);
    assertEquals(world.clientEvents.filter((event) => event !== "request"), ["ready", "ready"]);
  },
);

Deno.test(
  "Reload: limits come into force for the next connection",
  posix,
  async () => {
    await using app = webApp();
    await using world = await ReloadWorld.start("max_body = 10\n");
    const { http } = world.server.ports;
    await world.client(String(app.addr.port), "-e", `http://127.0.0.1:${http}`, "-s", "web");
    const post = async () => {
      using visitor = await RawConnection.to(http);
      await visitor.send(
        "POST / HTTP/1.1\r\nHost: web.localhost\r\nContent-Length: 20\r\nConnection: close\r\n\r\n" +
          "x".repeat(20),
      );
      return (await visitor.takeToEnd()).slice(0, 12);
    };
    assertEquals(await post(), "HTTP/1.1 413");
    world.write("server.toml", 'max_body = 20\nlog_level = "debug"\n');
    const said = await world.reload();
    assertEquals(said.map(({ setting }) => setting), ["max-body", "log-level", undefined]);
    assertEquals(await post(), "HTTP/1.1 200");
  },
);

Deno.test("Reload: what needs a restart is said, and the rest is done", posix, async () => {
  await using world = await ReloadWorld.start(`domain = "a.example"\n`);
  world.write("server.toml", `domain = "b.example"\nidle_timeout = 5\n`);
  for (const changed of [1, 0]) {
    const said = await world.reload();
    const events = said.map(({ event, setting }) => `${event} ${setting ?? ""}`.trim());
    // What waits for a restart is said every time.
    const reloaded = changed === 1 ? ["reloaded idle-timeout"] : [];
    assertEquals(events, ["needs_restart domain", ...reloaded, "reload_done"]);
    assertEquals([said.at(-1)!.changed, said.at(-1)!.needsRestart], [changed, 1]);
  }
  const page = await fetch(`http://127.0.0.1:${world.server.ports.http}/`);
  assertEquals(page.status, 200);
  await page.body?.cancel();
});

Deno.test(
  "Reload: a mistake anywhere changes nothing, and is said with its place",
  posix,
  async () => {
    await using app = webApp();
    await using world = await ReloadWorld.start("", CERTIFICATES[0]);
    const { http } = world.server.ports;
    const [own, other] = CERTIFICATES;
    await world.client(String(app.addr.port), "-e", `https://localhost:${http}`, "-s", "web");
    const tls = `tls_cert = "cert.pem"\ntls_key = "key.pem"\n`;
    const mistakes: readonly (readonly [file: string, text: string, reason: RegExp])[] = [
      ["server.toml", `${tls}max_bdy = 1\n`, /server\.toml:3: max_bdy: .*did you mean max_body/],
      ["server.toml", `${tls}max_body = `, /server\.toml:3: not valid TOML/],
      ["server.toml", `max_body = 1\ntls_cert = "none.pem"\ntls_key = "key.pem"`, /none\.pem/],
      ["cert.pem", other.cert, /cert\.pem.*key\.pem: not a certificate and its key/],
      ["cert.pem", "nonsense", /cert\.pem/],
      ["key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", /not a cert/],
    ];
    for (const [file, text, reason] of mistakes) {
      // What is right in the same file is not taken on either.
      if (file !== "server.toml") world.write("server.toml", `max_body = 1\n${tls}`);
      world.write(file, text);
      const said = await world.reload();
      assertEquals(said.map(({ event }) => event), ["reload_failed"], file);
      assertMatch(String(said[0]!.reason), reason);
      await visitOnce(http, "web.localhost", own);
      using visitor = new RawConnection(await dial(http, own));
      await visitor.send(
        "POST / HTTP/1.1\r\nHost: web.localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\nxx",
      );
      assertMatch(await visitor.takeToEnd(), /^HTTP\/1\.1 200 /);
      world.write("server.toml", tls);
      world.changeCertificate(own);
    }
    assertEquals((await world.reload()).map(({ event }) => event), ["reload_done"]);
  },
);

Deno.test(
  "A second server gets neither a port that certificates share, nor the state",
  posix,
  async () => {
    await using world = await ReloadWorld.start("", CERTIFICATES[0]);
    const { ports } = world.server;
    const own = ["--tunnel", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--no-auth"];
    const state = await Deno.makeTempDir();
    try {
      const cases = [
        [["--http", `127.0.0.1:${ports.http}`, "--state", state], /--http .*in use/],
        [["--http", "127.0.0.1:0", "--state", world.server.state], /--state .*another tun-server/],
      ] as const;
      for (const [args, complaint] of cases) {
        const flags = ["--config", world.configFile, ...own, ...args];
        await using second = ProgramProcess.start("server/main.ts", flags);
        assertEquals((await second.status).code, 2);
        assertMatch(second.errors.trimEnd().split("\n").at(-1)!, complaint);
      }
    } finally {
      await Deno.remove(state, { recursive: true });
    }
  },
);

Deno.test("A server that was killed leaves no lock behind", posix, async () => {
  await using world = await ReloadWorld.start("");
  world.server.program.kill("SIGKILL");
  await world.server.again();
});
