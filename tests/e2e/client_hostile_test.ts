import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { AgentOptions } from "../../client/agent.ts";
import { parseTarget } from "../../client/address/target.ts";
import { HttpForwarder } from "../../client/forward/http.ts";
import { serve } from "../../client/mod.ts";
import { StreamReset } from "../../protocol/errors.ts";
import {
  type Session,
  SessionHost,
  TcpTransport,
  type Transport,
  type TunnelStream,
} from "../../protocol/mod.ts";
import {
  forwardTo,
  idleTunnel,
  RawApp,
  readAnswer,
  readBody,
  ScriptedServer,
  TestClient,
  text,
} from "./client_harness.ts";

function client(endpoint: string, options: Partial<AgentOptions> = {}): TestClient {
  return new TestClient(endpoint, () => ({ tunnels: [idleTunnel()] }), options);
}

/** Sends nothing before `gate` is open, and then everything in one packet. */
class OnePacketTransport extends TcpTransport {
  #held: Uint8Array[] | undefined = [];
  /** Set once the other side is to see the end as well. */
  #isClosed = false;

  constructor(conn: Deno.Conn, gate: Promise<unknown>) {
    super(conn);
    gate.then(async () => {
      const held = this.#held!;
      this.#held = undefined;
      await super.write(new Uint8Array(held.flatMap((bytes) => [...bytes]))).catch(() => {});
      if (this.#isClosed) super.close();
    });
  }

  override write(bytes: Uint8Array): Promise<void> {
    if (this.#held === undefined) return super.write(bytes);
    this.#held.push(bytes.slice());
    return Promise.resolve();
  }

  override close(): void {
    this.#isClosed = true;
    if (this.#held === undefined) super.close();
  }
}

/** Does `sudden` to the first session, in one packet with the WELCOME; resolves with the next one. */
async function secondSession(
  sudden: (session: Session, transport: Transport) => void,
): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const sessions: Session[] = [];
  const said = Promise.withResolvers<void>();
  const host = new SessionHost<null>({
    agent: "server/test",
    limits: {},
    user: {
      authenticate: () => Promise.resolve(null),
      reauthenticate: () => Promise.resolve(),
      onSession: (session) => {
        sessions.push(session);
        return { onStream() {}, onPaused() {}, onResumed() {}, onControl() {} };
      },
    },
  });
  await using _client = client(`tcp://127.0.0.1:${listener.addr.port}`);
  const transports: Transport[] = [new OnePacketTransport(await listener.accept(), said.promise)];
  await host.accept(transports[0]!);
  sudden(sessions[0]!, transports[0]!);
  setTimeout(said.resolve);
  transports.push(new TcpTransport(await listener.accept()));
  await host.accept(transports[1]!);
  assertEquals(sessions.length, 2);
  for (const session of sessions) session.close("normal");
  for (const transport of transports) transport.close();
}

Deno.test("Agent starts anew when its session ends in the packet that starts it", async () => {
  // No record is of such a type, which ends the session.
  await secondSession((_session, transport) => transport.write(new Uint8Array(64).fill(0x7f)));
});

Deno.test("Agent hears a GOAWAY that comes with the WELCOME", async () => {
  await secondSession((session) => session.goAway());
});

Deno.test("Agent takes breaks from a server that sends every session away", async () => {
  await using server = new ScriptedServer({
    onClaim: () => {
      server.session.goAway();
      return undefined;
    },
  });
  await using agent = client(server.endpoint, { random: () => 0.01 });
  const breaks: number[] = [];
  await agent.events.first((event) => {
    if (event.event !== "reconnecting") return false;
    return breaks.push(event.inSeconds) === 4;
  });
  assert(breaks.slice(1).every((seconds) => seconds > 0), breaks.join());
});

Deno.test("Agent takes breaks when every connection is cut as soon as it has resumed", async () => {
  await using server = new ScriptedServer();
  let asked = 0;
  await using agent = client(server.endpoint, {
    random: () => {
      asked++;
      return 0;
    },
  });
  await agent.events.first(({ event }) => event === "ready");
  let resumes = 0;
  const enough = agent.events.first(({ event }) => {
    if (event !== "resumed") return false;
    server.cut();
    return ++resumes === 5;
  });
  server.cut();
  await enough;
  // Only a break needs a random number.
  assert(asked >= 3, `${asked} breaks`);
});

Deno.test("Agent goes on with the token it has when it cannot be read again", async () => {
  await using server = new ScriptedServer();
  let reads = 0;
  await using agent = client(server.endpoint, {
    token: () => reads++ === 0 ? Promise.resolve("first") : Promise.reject(new Error("no JSON")),
  });
  const ready = await agent.events.first(({ event }) => event === "ready");
  server.session.sendControl({ type: "expiring", inMs: 60_000 });
  const { code } = await agent.events.first(({ event }) => event === "warning") as { code: string };
  assertEquals(code, "credentials");
  server.session.close("going_away");
  await agent.events.first((event) => event.event === "ready" && event !== ready);
  assertEquals(server.hellos.map(({ token }) => token), ["first", "first"]);
});

Deno.test("Agent that is stopping starts no other session", async () => {
  await using server = new ScriptedServer();
  const arrived = Promise.withResolvers<TunnelStream>();
  await using agent = new TestClient(
    server.endpoint,
    () => ({ tunnels: [idleTunnel({ handle: arrived.resolve })] }),
  );
  await agent.events.first(({ event }) => event === "ready");
  server.request("GET /");
  const stream = await arrived.promise;
  const stopping = agent.agent.stop(60_000);
  server.session.goAway();
  await server.controls.first(({ type }) => type === "goaway");
  const drained = server.session.drained();
  await stream.respond({ status: 200, minorVersion: 1, reason: "", headers: new Uint8Array(0) });
  await stream.end();
  await drained;
  await stopping;
  assertEquals(agent.events.all.map(({ event }) => event), ["ready", "stopped"]);
  assertEquals(server.sessions.all.length, 1);
});

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Deno.test("a visitor who leaves at once is not heard of by the app", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using client = new TestClient(server.endpoint, (report) => {
    const forwarder = new HttpForwarder({
      target: parseTarget(`127.0.0.1:${app.port}`, "http"),
      insecure: false,
      connectTimeoutMs: 5_000,
      requestTimeoutMs: 5_000,
      report,
    });
    const handle = (stream: TunnelStream) => {
      forwarder.handle(stream);
      if (stream.head.kind === "http" && stream.head.target === "/gone") stream.reset("cancelled");
    };
    return { forwarder, tunnels: [idleTunnel({ handle })] };
  });
  await client.events.first(({ event }) => event === "ready");
  const first = server.request("GET /");
  const conn = await app.accept();
  await conn.until("\r\n\r\n");
  await conn.send(OK);
  await readAnswer(first);
  server.request("POST /gone", [], "piece", false);
  await client.events.first((event) => event.event === "request" && event.path === "/gone");
  const last = server.request("GET /last");
  assertMatch(await conn.until("\r\n\r\n"), /^GET \/last /);
  await conn.send(OK);
  assertEquals((await readAnswer(last)).body, "ok");
});

Deno.test("what a visitor sends behind its request to upgrade is not lost", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _agent = await forwardTo(`127.0.0.1:${app.port}`, server);
  const stream = server.request("GET /", ["Upgrade: echo"], "one", false);
  // So large that it is a piece of its own.
  const two = stream.write(new Uint8Array(60_000).fill(0x32));
  const conn = await app.accept();
  let all = "";
  while (!all.includes("\r\n\r\n")) all += await conn.take(1);
  await conn.send("HTTP/1.1 101 Go\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
  await two;
  const sent = "one" + "2".repeat(60_000);
  const size = all.indexOf("\r\n\r\n") + 4 + sent.length;
  if (all.length < size) all += await conn.take(size - all.length);
  assert(all.endsWith(sent));
  await stream.end();
  await conn.closeWrite();
  assertEquals((await readAnswer(stream)).status, 101);
});

Deno.test("an app that changes the protocol unasked is broken", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _agent = await forwardTo(`127.0.0.1:${app.port}`, server);
  for (
    const [lines, body] of [[[], undefined], [["Transfer-Encoding-Like: x"], "piece"]] as const
  ) {
    const stream = server.request("POST /", lines, body, body === undefined);
    const conn = await app.accept();
    await conn.until(body === undefined ? "\r\n\r\n" : "piece\r\n");
    await conn.send("HTTP/1.1 101 Go\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
    const error = await assertRejects(() => stream.nextResponse(), StreamReset);
    assertEquals(error.code, "bad_head");
    await conn.ended;
  }
});

Deno.test("serve() cancels the body that nobody waits for any more", async () => {
  await using server = new ScriptedServer();
  const cancelled = Promise.withResolvers<void>();
  const body = () =>
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("hello")),
      cancel: () => cancelled.resolve(),
    });
  const options = { endpoint: server.endpoint, name: "shop", configDirectory: null };
  await using _tunnel = await serve(options, () => new Response(body()));
  const stream = server.request("GET /");
  await stream.nextResponse();
  assertEquals(text((await stream.read())!), "hello");
  stream.reset("cancelled");
  await cancelled.promise;
});

Deno.test("serve() survives a body that is no bytes, and an onError that throws", async () => {
  await using server = new ScriptedServer();
  const options = { endpoint: server.endpoint, name: "shop", configDirectory: null };
  const seen: unknown[] = [];
  const onError = (error: unknown) => {
    seen.push(error);
    throw error;
  };
  await using _tunnel = await serve({ ...options, onError }, ({ url }) => {
    if (url.endsWith("/ok")) return new Response("ok");
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue("text");
        controller.close();
      },
    });
    return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>);
  });
  const stream = server.request("GET /");
  await stream.nextResponse();
  const error = await assertRejects(() => readBody(stream), StreamReset);
  assertEquals(error.code, "app_broken");
  assertEquals((await readAnswer(server.request("GET /ok"))).body, "ok");
  assert(seen[0] instanceof TypeError);
});
