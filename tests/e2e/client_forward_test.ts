import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseTarget } from "../../client/address/target.ts";
import { TcpForwarder } from "../../client/forward/tcp.ts";
import { StreamReset } from "../../protocol/errors.ts";
import type { TunnelStream } from "../../protocol/mod.ts";
import { localhostCert, localhostKey } from "../support/transport_certificates.ts";
import {
  bytes,
  forwardTo,
  idleTunnel,
  RawApp,
  readAnswer,
  readBody,
  ScriptedServer,
  TestClient,
  text,
} from "./client_harness.ts";

const HOST = "Host: shop.example.com\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async function resetCode(stream: TunnelStream): Promise<string> {
  const error = await assertRejects(() => stream.nextResponse(), StreamReset);
  return error.code;
}

for (
  const [name, line, lines, body, expected] of [
    [
      "the target as it came",
      "GET //a/../b%2f?x=%zz",
      [],
      undefined,
      `GET //a/../b%2f?x=%zz HTTP/1.1\r\n${HOST}\r\n`,
    ],
    ["a method of its own", "purge /x", [], undefined, `purge /x HTTP/1.1\r\n${HOST}\r\n`],
    ["the asterisk", "OPTIONS *", [], undefined, `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`],
    [
      "order, case and duplicates of headers",
      "GET /",
      ["x-B: 2", "X-a:1", "x-b:  3 ", "Cookie: a=1", "Cookie: b=2"],
      undefined,
      `GET / HTTP/1.1\r\n${HOST}x-B: 2\r\nX-a:1\r\nx-b:  3 \r\nCookie: a=1\r\nCookie: b=2\r\n\r\n`,
    ],
    [
      "a body of known length",
      "POST /",
      ["Content-Length: 5"],
      "hello",
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`,
    ],
    [
      "a body with a GET",
      "GET /",
      ["Content-Length: 2"],
      "hi",
      `GET / HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhi`,
    ],
    [
      "a body of unknown length in chunks",
      "POST /",
      [],
      "hello",
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    ],
  ] as const
) {
  Deno.test(`a request reaches the app with ${name}`, async () => {
    await using app = new RawApp();
    await using server = new ScriptedServer();
    await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
    const stream = server.request(line, lines, body);
    const conn = await app.accept();
    assertEquals(await conn.until(expected.slice(-4)), expected);
    await conn.send(OK);
    assertEquals((await readAnswer(stream)).body, "ok");
  });
}

Deno.test("a request's body is sent on as it comes, with its trailers", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const stream = server.request("POST /", [], undefined, false);
  const conn = await app.accept();
  await conn.until("Transfer-Encoding: chunked\r\n\r\n");
  await stream.write(bytes("one"));
  assertEquals(await conn.until("one\r\n"), "3\r\none\r\n");
  await stream.end(bytes("X-Sum: 1\r\n"));
  assertEquals(await conn.until("\r\n\r\n"), "0\r\nX-Sum: 1\r\n\r\n");
  await conn.send(OK);
  assertEquals((await readAnswer(stream)).status, 200);
});

for (
  const [name, method, answer, expected] of [
    [
      "of known length",
      "GET",
      "HTTP/1.1 200 Fine, thanks\r\nX-b: 1\r\nx-B: 2\r\nContent-Length: 5\r\n\r\nhello",
      {
        status: 200,
        reason: "Fine, thanks",
        headers: "X-b: 1\r\nx-B: 2\r\nContent-Length: 5\r\n",
        body: "hello",
        trailers: undefined,
      },
    ],
    [
      "in chunks",
      "GET",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
      { status: 200, reason: "OK", headers: "", body: "abcde", trailers: undefined },
    ],
    [
      "in chunks, with trailers",
      "GET",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 7\r\n\r\n",
      { status: 200, reason: "OK", headers: "", body: "a", trailers: "X-Sum: 7\r\n" },
    ],
    [
      "to HEAD",
      "HEAD",
      "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
      {
        status: 200,
        reason: "OK",
        headers: "Content-Length: 500\r\n",
        body: "",
        trailers: undefined,
      },
    ],
    [
      "without content",
      "GET",
      "HTTP/1.1 204 \r\n\r\n",
      { status: 204, reason: "", headers: "", body: "", trailers: undefined },
    ],
    [
      "not modified",
      "GET",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
      {
        status: 304,
        reason: "Not Modified",
        headers: "Content-Length: 9\r\n",
        body: "",
        trailers: undefined,
      },
    ],
    [
      "empty",
      "GET",
      "HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n",
      {
        status: 599,
        reason: "Odd",
        headers: "Content-Length: 0\r\n",
        body: "",
        trailers: undefined,
      },
    ],
  ] as const
) {
  Deno.test(`an answer ${name} comes back as it is, in any pieces, and the connection is used again`, async () => {
    await using app = new RawApp();
    await using server = new ScriptedServer();
    await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
    const whole = server.request(`${method} /`);
    const conn = await app.accept();
    await conn.until("\r\n\r\n");
    await conn.send(answer);
    assertEquals(await readAnswer(whole), { ...expected, informational: [] });

    const slow = server.request(`${method} /`);
    await conn.until("\r\n\r\n");
    for (const byte of answer) await conn.send(byte);
    assertEquals(await readAnswer(slow), { ...expected, informational: [] });
  });
}

Deno.test("an answer that ends with the connection is whole when it does", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const stream = server.request("GET /");
  const conn = await app.accept();
  await conn.until("\r\n\r\n");
  await conn.send("HTTP/1.0 200 OK\r\n\r\nsome");
  await conn.send(" text");
  conn.close();
  assertEquals((await readAnswer(stream)).body, "some text");
});

Deno.test("informational answers are passed on, also in one packet with the final one", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const stream = server.request(
    "POST /",
    ["Content-Length: 2", "Expect: 100-continue"],
    undefined,
    false,
  );
  const conn = await app.accept();
  await conn.until("\r\n\r\n");
  await conn.send("HTTP/1.1 100 Continue\r\n\r\n");
  assertEquals((await stream.nextResponse()).status, 100);
  await stream.write(bytes("hi"));
  await stream.end();
  assertEquals(await conn.until("hi"), "hi");
  await conn.send(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`);
  const { informational, body } = await readAnswer(stream);
  assertEquals([informational, body], [[103], "ok"]);
});

Deno.test("after a 101 bytes go both ways, and one side may end before the other", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const stream = server.request("GET /chat", ["Upgrade: websocket"], undefined, false);
  const conn = await app.accept();
  assertEquals(
    await conn.until("\r\n\r\n"),
    `GET /chat HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
  );
  await conn.send(
    "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst",
  );
  const head = await stream.nextResponse();
  assertEquals([head.status, text(head.headers)], [101, "Upgrade: websocket\r\n"]);
  assertEquals(text((await stream.read())!), "first");
  await stream.write(bytes("to app"));
  assertEquals(await conn.until("app"), "to app");
  await stream.end();
  assertEquals(await conn.ended, "end");
  await conn.send("still here");
  await conn.closeWrite();
  assertEquals(await readBody(stream), "still here");
});

Deno.test("--host-header replaces the visitor's Host where it stood", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server, { hostHeader: "local:1" });
  const stream = server.request("GET /", ["Accept: */*"]);
  const conn = await app.accept();
  assertEquals(
    await conn.until("\r\n\r\n"),
    "GET / HTTP/1.1\r\nHost: local:1\r\nAccept: */*\r\n\r\n",
  );
  await conn.send(OK);
  await readAnswer(stream);
});

Deno.test("an idempotent request is sent again when the app closed an idle connection on it", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const first = server.request("GET /1");
  const old = await app.accept();
  await old.until("\r\n\r\n");
  await old.send(OK);
  await readAnswer(first);
  const second = server.request("GET /2");
  await old.until("\r\n\r\n");
  old.close();
  const fresh = await app.accept();
  assert((await fresh.until("\r\n\r\n")).startsWith("GET /2"));
  await fresh.send(OK);
  assertEquals((await readAnswer(second)).status, 200);
});

Deno.test("a request that may not be repeated is not, and the next one works", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const first = server.request("GET /1");
  const old = await app.accept();
  await old.until("\r\n\r\n");
  await old.send(OK);
  await readAnswer(first);
  const second = server.request("POST /2", ["Content-Length: 1"], "x");
  await old.until("\r\n\r\nx");
  old.close();
  assertEquals(await resetCode(second), "app_broken");
  await client.events.first((event) => event.event === "error" && event.code === "app_broken");
  const third = server.request("POST /3", ["Content-Length: 1"], "x");
  const fresh = await app.accept();
  await fresh.until("\r\n\r\nx");
  await fresh.send(OK);
  assertEquals((await readAnswer(third)).status, 200);
});

Deno.test("an app that closes an idle connection is dialled again", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
  for (const target of ["/1", "/2"]) {
    const stream = server.request(`POST ${target}`, ["Content-Length: 1"], "x");
    const conn = await app.accept();
    await conn.until("x");
    await conn.send(OK);
    await readAnswer(stream);
    await conn.closeWrite();
    assertEquals(await conn.ended, "end");
  }
});

Deno.test("an app that is not there is said once, and found when it comes", async () => {
  const port = freePort();
  await using server = new ScriptedServer();
  await using client = await forwardTo(`127.0.0.1:${port}`, server);
  for (let i = 0; i < 3; i++) {
    assertEquals(await resetCode(server.request("GET /")), "app_unreachable");
  }
  const errors = client.events.all.filter(({ event }) => event === "error");
  assertEquals(errors.length, 1);
  const requests = client.events.all.filter(({ event }) => event === "request");
  assertEquals(requests.map((event) => "status" in event && event.status), [502, 502, 502]);

  await using app = new RawApp(Deno.listen({ hostname: "127.0.0.1", port }));
  const stream = server.request("GET /");
  const conn = await app.accept();
  await conn.until("\r\n\r\n");
  await conn.send(OK);
  assertEquals((await readAnswer(stream)).status, 200);
});

for (
  const [name, code, answer] of [
    ["garbage", "bad_head", "SSH-2.0-OpenSSH_9.6\r\n"],
    [
      "two lengths",
      "bad_head",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
    ["half a head", "app_broken", "HTTP/1.1 200 OK\r\nContent-"],
    ["nothing", "app_broken", ""],
  ] as const
) {
  Deno.test(`an app that answers ${name} is broken, and the next request works`, async () => {
    await using app = new RawApp();
    await using server = new ScriptedServer();
    await using client = await forwardTo(`127.0.0.1:${app.port}`, server);
    const stream = server.request("GET /");
    const conn = await app.accept();
    await conn.until("\r\n\r\n");
    await conn.send(answer);
    conn.close();
    assertEquals(await resetCode(stream), code);
    const event = await client.events.first(({ event }) => event === "error");
    assert("code" in event && event.code === code);

    const next = server.request("GET /");
    const fresh = await app.accept();
    await fresh.until("\r\n\r\n");
    await fresh.send(OK);
    assertEquals((await readAnswer(next)).status, 200);
  });
}

Deno.test("an app that breaks off in its body breaks the answer off", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const stream = server.request("GET /");
  const conn = await app.accept();
  await conn.until("\r\n\r\n");
  await conn.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  assertEquals((await stream.nextResponse()).status, 200);
  assertEquals(text((await stream.read())!), "half");
  conn.close();
  const error = await assertRejects(() => stream.read(), StreamReset);
  assertEquals(error.code, "app_broken");
});

Deno.test("an app that does not answer in time is given up", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server, { requestTimeoutMs: 50 });
  const stream = server.request("GET /");
  const conn = await app.accept();
  assertEquals(await resetCode(stream), "app_timeout");
  assertEquals(await conn.ended, "end");
});

Deno.test("a visitor's slow upload is not held against the app", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using client = await forwardTo(`127.0.0.1:${app.port}`, server, { requestTimeoutMs: 60 });
  const slow = server.request("POST /slow", ["Content-Length: 2"], undefined, false);
  const slowConn = await app.accept();
  await slowConn.until("\r\n\r\n");
  // The timeout of another request shows that more than that time has passed.
  const other = server.request("GET /");
  await app.accept();
  assertEquals(await resetCode(other), "app_timeout");
  await client.events.first(({ event }) => event === "request");
  await slow.write(bytes("ok"));
  await slow.end();
  await slowConn.until("ok");
  await slowConn.send(OK);
  assertEquals((await readAnswer(slow)).status, 200);
});

Deno.test("a visitor who leaves closes the app's connection", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const stream = server.request("GET /");
  const conn = await app.accept();
  await conn.until("\r\n\r\n");
  stream.reset("cancelled");
  assertEquals(await conn.ended, "end");
  const event = await client.events.first(({ event }) => event === "request");
  assert("status" in event && event.status === 0);
  assertEquals(client.events.all.some(({ event }) => event === "error"), false);
});

Deno.test("an app may answer before it has read the request", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const stream = server.request("POST /", ["Content-Length: 1000000"], "x".repeat(1000), false);
  const conn = await app.accept();
  await conn.until("x");
  await conn.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  assertEquals((await readAnswer(stream)).status, 413);
  stream.reset("cancelled");
  assertEquals(await conn.ended, "end");
});

Deno.test("a body that is longer or shorter than it says never reaches a shared connection", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
  assertEquals(
    await resetCode(server.request("POST /", ["Content-Length: 1"], "xGET /")),
    "bad_body",
  );
  assertEquals(await resetCode(server.request("POST /", ["Content-Length: 9"], "x")), "bad_body");
  const stream = server.request("POST /", ["Content-Length: 2"], undefined, false);
  const conn = await app.accept();
  await stream.write(bytes("abc"));
  assertEquals(await resetCode(stream), "bad_body");
  assertEquals(await conn.ended, "end");
});

Deno.test("large bodies pass both ways at the same time", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const size = 3_000_000;
  const stream = server.request("POST /", [`Content-Length: ${size}`], undefined, false);
  const conn = await app.accept();
  await conn.until("\r\n\r\n");
  const up = "u".repeat(size);
  const down = "d".repeat(size);
  const [answer, received] = await Promise.all([
    readAnswer(stream),
    conn.take(size),
    conn.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${down}`),
    stream.write(bytes(up)).then(() => stream.end()),
  ]);
  assert(answer.body === down);
  assert(received === up);
});

Deno.test("an https target is trusted only with --insecure, unless its certificate is good", async () => {
  const [cert, key] = [localhostCert, localhostKey];
  await using app = new RawApp(Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }));
  await using server = new ScriptedServer();
  {
    await using client = await forwardTo(`https://127.0.0.1:${app.port}`, server);
    const stream = server.request("GET /");
    await app.accept();
    assertEquals(await resetCode(stream), "app_unreachable");
    const event = await client.events.first(({ event }) => event === "error");
    assert("message" in event && event.message.includes("--insecure"));
  }
  await using _client = await forwardTo(`https://127.0.0.1:${app.port}`, server, {
    insecure: true,
  });
  const stream = server.request("GET /");
  const conn = await app.accept();
  assertEquals(await conn.until("\r\n\r\n"), `GET / HTTP/1.1\r\n${HOST}\r\n`);
  await conn.send(OK);
  assertEquals((await readAnswer(stream)).body, "ok");
});

Deno.test({
  name: "a unix socket is as good as a port",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/app.sock`;
    await using app = new RawApp(Deno.listen({ transport: "unix", path }));
    await using server = new ScriptedServer();
    await using _client = await forwardTo(path, server);
    const stream = server.request("GET /");
    const conn = await app.accept();
    await conn.until("\r\n\r\n");
    await conn.send(OK);
    assertEquals((await readAnswer(stream)).body, "ok");
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test("localhost is found on ::1 as well", async () => {
  await using app = new RawApp(Deno.listen({ hostname: "::1", port: 0 }));
  await using server = new ScriptedServer();
  await using _client = await forwardTo(`localhost:${app.port}`, server);
  const stream = server.request("GET /");
  const conn = await app.accept();
  await conn.until("\r\n\r\n");
  await conn.send(OK);
  assertEquals((await readAnswer(stream)).body, "ok");
});

Deno.test("a development server that refuses the host is explained, once", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using client = await forwardTo(`127.0.0.1:${app.port}`, server);
  const refusal = 'Blocked request. This host ("x") is not allowed. See `server.allowedHosts`.';
  const answer = `HTTP/1.1 403 Forbidden\r\nContent-Length: ${refusal.length}\r\n\r\n${refusal}`;
  let conn;
  for (let i = 0; i < 2; i++) {
    const stream = server.request("GET /");
    conn ??= await app.accept();
    await conn.until("\r\n\r\n");
    await conn.send(answer);
    assertEquals((await readAnswer(stream)).status, 403);
  }
  const warnings = client.events.all.filter(({ event }) => event === "warning");
  assertEquals(warnings.length, 1);
});

Deno.test("a TCP tunnel carries bytes both ways, and one side may end before the other", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using client = new TestClient(server.endpoint, (report) => {
    const target = parseTarget(`127.0.0.1:${app.port}`, "tcp");
    const forwarder = new TcpForwarder({ target, connectTimeoutMs: 5_000, report });
    const handle = (stream: TunnelStream) => forwarder.handle(stream);
    return { forwarder, tunnels: [idleTunnel({ kind: "tcp", handle })] };
  });
  await client.events.first(({ event }) => event === "ready");
  const stream = server.session.open({ kind: "tcp", tunnel: 0, visitor: "192.0.2.7:1" });
  const conn = await app.accept();
  await stream.write(bytes("ping"));
  assertEquals(await conn.until("ping"), "ping");
  await stream.end();
  assertEquals(await conn.ended, "end");
  await conn.send("pong");
  await conn.closeWrite();
  assertEquals(await readBody(stream), "pong");
});

Deno.test("a TCP tunnel to nothing is reset as unreachable", async () => {
  const port = freePort();
  await using server = new ScriptedServer();
  await using client = new TestClient(server.endpoint, (report) => {
    const target = parseTarget(`127.0.0.1:${port}`, "tcp");
    const forwarder = new TcpForwarder({ target, connectTimeoutMs: 5_000, report });
    const handle = (stream: TunnelStream) => forwarder.handle(stream);
    return { forwarder, tunnels: [idleTunnel({ kind: "tcp", handle })] };
  });
  await client.events.first(({ event }) => event === "ready");
  const stream = server.session.open({ kind: "tcp", tunnel: 0, visitor: "192.0.2.7:1" });
  const error = await assertRejects(() => stream.read(), StreamReset);
  assertEquals(error.code, "app_unreachable");
});

/** A port on which nobody listens. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
