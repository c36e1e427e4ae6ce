import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect, serve, type ServeHandler, type Tunnel, TunnelError } from "../../client/mod.ts";
import { bytes, RawApp, readAnswer, readBody, ScriptedServer, text } from "./client_harness.ts";

function serveOn(
  server: ScriptedServer,
  handler: ServeHandler,
  onError?: (error: unknown) => void,
): Promise<Tunnel> {
  const options = { endpoint: server.endpoint, name: "shop", configDirectory: null };
  return serve(onError === undefined ? options : { ...options, onError }, handler);
}

Deno.test("connect() shares a local service until it is closed", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  const tunnel = await connect({
    target: app.port,
    endpoint: server.endpoint,
    name: "shop",
    configDirectory: null,
  });
  assertEquals([tunnel.url, tunnel.name], ["http://shop.localhost", "shop"]);
  const stream = server.request("GET /");
  const conn = await app.accept();
  await conn.until("\r\n\r\n");
  await conn.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  assertEquals((await readAnswer(stream)).body, "ok");
  await tunnel.close();
  assertEquals((await tunnel.closed).code, "stopped");
  assertEquals((await server.session.closed).code, "normal");
});

Deno.test("connect() throws what the server has against it", async () => {
  await using server = new ScriptedServer({
    onClaim: ({ tunnel }) => ({
      type: "claim_refused",
      tunnel,
      code: "name_taken",
      message: "somebody has it",
      final: true,
    }),
  });
  const options = { target: 3000, endpoint: server.endpoint, configDirectory: null };
  const error = await assertRejects(() => connect(options), TunnelError);
  assertEquals(error.code, "name_taken");
});

Deno.test("connect() throws the signal's reason", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const controller = new AbortController();
  const endpoint = `tcp://127.0.0.1:${listener.addr.port}`;
  const { signal } = controller;
  const connecting = connect({ target: 3000, endpoint, signal, configDirectory: null });
  using _conn = await listener.accept();
  const reason = new Error("no longer");
  controller.abort(reason);
  assertEquals(await connecting.catch((error) => error), reason);
});

Deno.test("serve() answers with what the handler returns", async () => {
  await using server = new ScriptedServer();
  await using _tunnel = await serveOn(server, async (request, { rawHeaders, remoteAddr }) => {
    const body = `${request.method} ${request.url} ${await request.text()} ${remoteAddr.hostname}`;
    const headers = new Headers([["x-raw", String(rawHeaders[1])]]);
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    return new Response(body, { status: 418, statusText: "Teapot", headers });
  });
  const stream = server.request("POST /a?b=%20", ["X-Odd-CASE: 1", "Content-Length: 2"], "hi");
  const answer = await readAnswer(stream);
  assertEquals([answer.status, answer.reason], [418, "Teapot"]);
  assertEquals(answer.body, "POST http://shop.example.com/a?b=%20 hi 192.0.2.7");
  assertEquals(
    answer.headers,
    "content-type: text/plain;charset=UTF-8\r\n" +
      "set-cookie: a=1\r\nset-cookie: b=2\r\nx-raw: X-Odd-CASE,1\r\n",
  );
});

Deno.test("serve() streams both ways", async () => {
  await using server = new ScriptedServer();
  await using _tunnel = await serveOn(server, (request) => new Response(request.body));
  const stream = server.request("POST /", [], undefined, false);
  assertEquals((await stream.nextResponse()).status, 200);
  for (const piece of ["one", "two"]) {
    await stream.write(bytes(piece));
    assertEquals(text((await stream.read())!), piece);
  }
  await stream.end();
  assertEquals(await readBody(stream), "");
});

Deno.test("serve() sends no body where there must be none", async () => {
  await using server = new ScriptedServer();
  await using _tunnel = await serveOn(
    server,
    (request) =>
      request.method === "HEAD"
        ? new Response("hidden", { headers: { "content-length": "6" } })
        : new Response(null),
  );
  const head = await readAnswer(server.request("HEAD /"));
  assertEquals([head.body, head.headers.includes("content-length: 6")], ["", true]);
  assertEquals((await readAnswer(server.request("GET /"))).headers, "content-length: 0\r\n");
});

Deno.test("serve() answers 500 when the handler throws, and says so", async () => {
  await using server = new ScriptedServer();
  const errors: unknown[] = [];
  const handler = () => {
    throw new Error("a bug");
  };
  await using _tunnel = await serveOn(server, handler, (error) => errors.push(error));
  const answer = await readAnswer(server.request("GET /"));
  assertEquals([answer.status, answer.body.includes("bug")], [500, false]);
  assertEquals(errors.map(String), ["Error: a bug"]);
});

Deno.test("serve() aborts the request's signal when the visitor leaves", async () => {
  await using server = new ScriptedServer();
  const asked = Promise.withResolvers<Request>();
  await using _tunnel = await serveOn(server, (request) => {
    asked.resolve(request);
    return new Promise((resolve) =>
      request.signal.addEventListener("abort", () => resolve(new Response(null)))
    );
  });
  const stream = server.request("GET /");
  const { signal } = await asked.promise;
  const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
  stream.reset("cancelled");
  await aborted;
  assert(signal.aborted);
});

Deno.test("serve() refuses what a Request cannot say", async () => {
  await using server = new ScriptedServer();
  await using _tunnel = await serveOn(server, () => new Response("never"));
  assertEquals((await readAnswer(server.request("TRACE /"))).status, 501);
});
