/**
 * Traces of the compiled programs, in which telemetry is a matter of how they were built.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { RawApp } from "../e2e/client_harness.ts";
import {
  executablesDirectory,
  Playground,
  type RunningServer,
} from "../e2e/executables_process.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { OtlpReceiver } from "./otlp_receiver.ts";
import { fieldsIn } from "./trace_world.ts";

const ignore = executablesDirectory() === undefined || Deno.build.os === "windows";

const PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** Sends a request through both; gives the head that the app saw. */
async function headAtApp({ port }: RunningServer, app: RawApp): Promise<string> {
  using visitor = await RawConnection.to(port);
  const lines = ["Host: app.localhost", "Connection: close", `TraceParent: ${PARENT}`];
  await visitor.send(`GET /page HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  using conn = await app.accept();
  const head = await conn.until("\r\n\r\n");
  await conn.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  await visitor.takeToEnd();
  return head;
}

/** Runs both until they have stopped in good order. */
async function throughBoth(
  environment: (service: string) => Record<string, string>,
  app: RawApp,
): Promise<string> {
  await using place = new Playground();
  place.env = environment("tun-server");
  const server = await place.startServer("--no-auth", "--log", "json");
  place.env = environment("tun");
  const client = place.start("tun", String(app.port), "-e", server.endpoint, "-s", "app", "--json");
  await client.eventOf("ready");
  const head = await headAtApp(server, app);
  for (const program of [client, server.program]) {
    program.kill("SIGTERM");
    const { code, err } = await program.end();
    assertEquals(code, 0, err);
  }
  return head;
}

Deno.test({
  name: "Executables: one trace spans both",
  ignore,
  fn: async () => {
    await using app = new RawApp();
    await using receiver = new OtlpReceiver();
    const head = await throughBoth((service) => receiver.environment(service), app);
    const edge = await receiver.span(({ kind }) => kind === "server");
    const client = await receiver.span(({ kind }) => kind === "client");
    assertEquals([edge.service, client.service], ["tun-server", "tun"]);
    assertEquals(edge.parentSpanId, PARENT.split("-")[2]);
    assertEquals(client.parentSpanId, edge.spanId);
    const { traceId, spanId } = client;
    assertEquals(fieldsIn(head, "traceparent"), [`00-${traceId}-${spanId}-01`]);
    assertEquals(receiver.spans.all.length, 2);
    assertEquals(receiver.faults, []);
  },
});

Deno.test({
  name: "Executables: nothing is sent unless OTEL_DENO says so, whoever could take it",
  ignore,
  fn: async () => {
    await using app = new RawApp();
    await using receiver = new OtlpReceiver();
    const head = await throughBoth((service) => {
      const { OTEL_DENO: _, OTEL_DENO_METRICS: __, ...rest } = receiver.environment(service);
      return rest;
    }, app);
    assertEquals(head.includes(`\r\nTraceParent: ${PARENT}\r\n`), true, head);
    assertEquals(receiver.text, "");
  },
});
