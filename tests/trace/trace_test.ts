/**
 * One trace from the visitor over both programs to the app, as a collector gets to see it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { parseTraceparent } from "@tun/protocol/trace";
import { bootTunnel } from "../support/tunnel_boot.ts";
import { RawApp } from "../e2e/client_harness.ts";
import { fieldsIn, TraceWorld } from "./trace_world.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const VISITOR = "00f067aa0ba902b7";
const STATE = "tracestate: vendor=opaque,other@vendor=t61rcWkgMzE";

const posix = { ignore: Deno.build.os === "windows" };

/** What the app was told. */
function parentIn(head: string) {
  const fields = fieldsIn(head, "traceparent");
  assertEquals(fields.length, 1, head);
  const parent = parseTraceparent(fields[0]!);
  assert(parent !== undefined, fields[0]);
  return parent;
}

Deno.test("A trace spans the edge, the tunnel and the app", posix, async (t) => {
  await using world = await TraceWorld.start();

  await t.step("a request without a trace starts one, and the app is told of it", async () => {
    const head = await world.get("/new?token=hidden", ["X-Request-Id: request-1"]);
    const { edge, client } = await world.spansOf("/new");
    assertEquals([edge.service, edge.scope, edge.kind], ["tun-server", "@tun/server", "server"]);
    assertEquals([client.service, client.scope, client.kind], ["tun", "@tun/client", "client"]);
    assertEquals(edge.parentSpanId, "");
    assertEquals([client.parentSpanId, client.traceId], [edge.spanId, edge.traceId]);
    assertEquals(parentIn(head), { traceId: edge.traceId, spanId: client.spanId, flags: 1 });
    assert(edge.start <= client.start && client.end <= edge.end, "the client's lies in the edge's");
    assertEquals(edge.name, "GET");
    assertEquals(edge.attributes, {
      "http.request.method": "GET",
      "url.scheme": "http",
      "url.path": "/new",
      "server.address": "app.localhost",
      "network.protocol.version": "1.1",
      "client.address": "127.0.0.1",
      "tun.tunnel": "app",
      "tun.request_id": "request-1",
      "tun.outcome": "answered",
      "http.response.status_code": 204n,
    });
    assertEquals(client.attributes, {
      "http.request.method": "GET",
      "server.address": "127.0.0.1",
      "server.port": BigInt(world.app.port),
      "url.full": `http://127.0.0.1:${world.app.port}/new`,
      "tun.outcome": "answered",
      "http.response.status_code": 204n,
    });
  });

  await t.step("a visitor's trace goes on, with its state", async () => {
    const head = await world.get("/own", [`TraceParent: 00-${TRACE}-${VISITOR}-03`, STATE]);
    const { edge, client } = await world.spansOf("/own");
    assertEquals([edge.traceId, edge.parentSpanId], [TRACE, VISITOR]);
    assertEquals([client.traceId, client.parentSpanId], [TRACE, edge.spanId]);
    // The id was random at its source, and still is.
    assertEquals(parentIn(head), { traceId: TRACE, spanId: client.spanId, flags: 3 });
    assert(head.includes(`\r\n${STATE}\r\n`), head);
  });

  const invalid = {
    "in upper case": [`traceparent: 00-${TRACE.toUpperCase()}-${VISITOR}-01`],
    "of zeros": [`traceparent: 00-${"0".repeat(32)}-${VISITOR}-01`],
    "of no version": [`traceparent: ff-${TRACE}-${VISITOR}-01`],
    "said twice": Array(2).fill(`traceparent: 00-${TRACE}-${VISITOR}-01`),
    "that is none": ["traceparent: \xff\xfe"],
  };
  for (const [name, lines] of Object.entries(invalid)) {
    await t.step(`a trace ${name} is not gone on with, and neither is its state`, async () => {
      const path = `/invalid/${name.replaceAll(" ", "-")}`;
      const head = await world.get(path, [...lines, STATE]);
      const { edge, client } = await world.spansOf(path);
      assertEquals(edge.parentSpanId, "");
      assertNotEquals(edge.traceId, TRACE);
      assertEquals(parentIn(head), { traceId: edge.traceId, spanId: client.spanId, flags: 1 });
      assertEquals(fieldsIn(head, "tracestate"), []);
    });
  }

  await t.step("a visitor cannot keep itself out of the operator's sight", async () => {
    await world.get("/hidden", [`traceparent: 00-${TRACE}-${VISITOR}-00`]);
    const { edge } = await world.spansOf("/hidden");
    assertEquals([edge.traceId, edge.parentSpanId], [TRACE, VISITOR]);
  });

  await t.step("a 404 of the app is an error of whoever asked it, not of the edge", async () => {
    await world.get("/missing", [], 404);
    const { edge, client } = await world.spansOf("/missing");
    assertEquals([edge.isError, edge.attributes["error.type"]], [false, undefined]);
    assertEquals([client.isError, client.attributes["error.type"]], [true, "404"]);
  });

  await t.step("a 500 of the app is an error of both", async () => {
    await world.get("/failing", [], 500);
    const { edge, client } = await world.spansOf("/failing");
    assertEquals([edge.isError, edge.attributes["error.type"]], [true, "500"]);
    assertEquals([client.isError, client.attributes["error.type"]], [true, "500"]);
  });

  await t.step("an app that hangs up is an error with a code, and a 502", async () => {
    using visitor = await world.visit("POST /silent", "Content-Length: 0", "Connection: close");
    (await world.app.accept()).close();
    assertMatch(await visitor.takeToEnd(), /^HTTP\/1\.1 502 /);
    const { edge, client } = await world.spansOf("/silent");
    assertEquals(edge.name, "POST");
    assertEquals([edge.isError, edge.attributes["error.type"]], [true, "app_broken"]);
    assertEquals(edge.attributes["http.response.status_code"], 502n);
    assertEquals([client.isError, client.attributes["error.type"]], [true, "app_broken"]);
    assertEquals(client.attributes["http.response.status_code"], undefined);
    assertEquals(client.attributes["tun.outcome"], "failed");
  });

  await t.step("a download that breaks off is an error, whatever its status was", async () => {
    using visitor = await world.visit("GET /broken", "Connection: close");
    using conn = await world.app.accept();
    await conn.until("\r\n\r\n");
    await conn.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    await visitor.take((received) => received.endsWith("half"));
    conn.close();
    await visitor.takeToEnd();
    const { edge, client } = await world.spansOf("/broken");
    assertEquals([edge.isError, edge.attributes["tun.outcome"]], [true, "broken"]);
    assertEquals([client.isError, client.attributes["tun.outcome"]], [true, "broken"]);
    assertEquals(client.attributes["http.response.status_code"], 200n);
  });

  await t.step("an event stream is one span, which ends when the visitor leaves", async () => {
    const visitor = await world.visit("GET /events");
    using conn = await world.app.accept();
    await conn.until("\r\n\r\n");
    await conn.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
    await visitor.take((received) => received.includes("data: 1"));
    await world.get("/meanwhile");
    await world.spansOf("/meanwhile");
    const paths = () => world.receiver.spans.all.map(({ attributes }) => attributes["url.path"]);
    assert(!paths().includes("/events"), "it has not ended");
    visitor.close();
    const { edge, client } = await world.spansOf("/events");
    assertEquals([edge.isError, edge.attributes["tun.outcome"]], [false, "gone"]);
    assertEquals([client.isError, client.attributes["tun.outcome"]], [false, "gone"]);
    assertEquals(client.attributes["http.response.status_code"], 200n);
  });

  await t.step("a visitor that does not wait for the answer leaves no span open", async () => {
    const visitor = await world.visit("GET /impatient");
    using conn = await world.app.accept();
    await conn.until("\r\n\r\n");
    visitor.close();
    const { edge, client } = await world.spansOf("/impatient");
    for (const span of [edge, client]) {
      assertEquals([span.isError, span.attributes["tun.outcome"]], [false, "gone"]);
      assertEquals(span.attributes["http.response.status_code"], undefined);
    }
  });

  await t.step("a WebSocket is one span, which ends when both directions have", async () => {
    using visitor = await world.visit(
      "GET /socket",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      `traceparent: 00-${TRACE}-${VISITOR}-01`,
    );
    using conn = await world.app.accept();
    const { spanId } = parentIn(await conn.until("\r\n\r\n"));
    await conn.send(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    );
    await visitor.takeHead();
    await visitor.send("ping");
    await conn.until("ping");
    await conn.send("pong");
    await visitor.takeBytes(4);
    await world.get("/beside");
    await world.spansOf("/beside");
    const ids = () => world.receiver.spans.all.map(({ spanId }) => spanId);
    assert(!ids().includes(spanId), "it has not ended");
    await visitor.closeWrite();
    await conn.ended;
    await conn.closeWrite();
    const { edge, client } = await world.spansOf("/socket");
    assertEquals(edge.parentSpanId, VISITOR);
    assertEquals(client.spanId, spanId);
    for (const span of [edge, client]) {
      assertEquals([span.isError, span.attributes["tun.outcome"]], [false, "upgraded"]);
      assertEquals(span.attributes["http.response.status_code"], 101n);
    }
  });

  await t.step("a method of a visitor's own is no name of a span", async () => {
    using visitor = await world.visit("FROB /odd", "Connection: close");
    using conn = await world.app.accept();
    await conn.until("\r\n\r\n");
    await conn.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    await visitor.takeToEnd();
    const { edge } = await world.spansOf("/odd");
    assertEquals([edge.name, edge.attributes["http.request.method"]], ["HTTP", "_OTHER"]);
    assertEquals(edge.attributes["http.request.method_original"], "FROB");
  });

  await world.stop();
  assertEquals(world.receiver.faults, []);
  assert(!world.receiver.text.includes("hidden=") && !world.receiver.text.includes("token"));
  const count = new Set(world.receiver.spans.all.map(({ spanId }) => spanId)).size;
  assertEquals(count, world.receiver.spans.all.length, "no span ended twice");
});

const sampled = { ignore: posix.ignore || Deno.version.deno.startsWith("2.6.") };

Deno.test("An edge that samples like the visitor records nothing unsampled", sampled, async () => {
  await using world = await TraceWorld.start({
    server: { OTEL_TRACES_SAMPLER: "parentbased_always_on" },
  });
  const head = await world.get("/quiet", [`traceparent: 00-${TRACE}-${VISITOR}-00`, STATE]);
  const { traceId, flags } = parentIn(head);
  assertEquals([traceId, flags], [TRACE, 0]);
  assert(head.includes(`\r\n${STATE}\r\n`), head);
  await world.get("/loud", [`traceparent: 00-${TRACE}-${VISITOR}-01`]);
  await world.spansOf("/loud");
  await world.stop();
  assertEquals(world.receiver.spans.all.length, 2, "the client follows the edge");
});

Deno.test("Spans that wait are sent when the programs stop", posix, async () => {
  const slow = { OTEL_BSP_SCHEDULE_DELAY: "600000" };
  await using world = await TraceWorld.start({ server: slow, client: slow });
  await world.get("/last");
  assertEquals(world.receiver.spans.all, []);
  await world.stop();
  await world.spansOf("/last");
  assertEquals(world.receiver.faults, []);
});

Deno.test("One program that records is enough for its half of the trace", posix, async (t) => {
  const off = { OTEL_DENO: "false" };
  const lines = [`traceparent: 00-${TRACE}-${VISITOR}-01`, STATE];

  await t.step("the edge", async () => {
    await using world = await TraceWorld.start({ client: off });
    const { traceId, spanId } = parentIn(await world.get("/edge", lines));
    const edge = await world.edgeSpanOf("/edge");
    assertEquals([edge.traceId, edge.parentSpanId], [TRACE, VISITOR]);
    assertEquals([traceId, spanId], [TRACE, edge.spanId]);
  });

  await t.step("the client", async () => {
    await using world = await TraceWorld.start({ server: off });
    const { traceId, spanId } = parentIn(await world.get("/client", lines));
    const client = await world.receiver.span(({ kind }) => kind === "client");
    assertEquals([client.traceId, client.parentSpanId], [TRACE, VISITOR]);
    assertEquals([traceId, spanId], [TRACE, client.spanId]);
  });
});

Deno.test("Without telemetry what a visitor says of traces passes byte for byte", async () => {
  await using app = new RawApp();
  await using boot = await bootTunnel({ target: app.port });
  for (
    const lines of [
      [`TraceParent:00-${TRACE}-${VISITOR}-00`, `TRACESTATE:\ta=1 , b=2`],
      ["traceparent: nonsense", "traceparent: 00-00-00-00", "tracestate: \xff", "tracestate:"],
      [`traceparent: cc-${TRACE}-${VISITOR}-09-what-will-be`],
      [],
    ]
  ) {
    const answer = boot.get("/", ...lines);
    using conn = await app.accept();
    const head = await conn.until("\r\n\r\n");
    await conn.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    assertEquals((await answer).status, 204);
    assertEquals(head.split("\r\n").filter((line) => /^trace/i.test(line)), lines);
  }
});
