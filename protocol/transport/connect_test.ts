import { assert, assertEquals, assertRejects } from "@std/assert";
import { caCert, localhostCert, localhostKey } from "../../tests/support/transport_certificates.ts";
import { connectTcp, dialTcp } from "./connect_tcp.ts";
import { connectTls, dialTls } from "./connect_tls.ts";
import { TcpTransport } from "./tcp.ts";
import { TransportError } from "./transport.ts";
import { connectWebSocket } from "./websocket_client.ts";

const hostname = "127.0.0.1";

/** A port on which nobody listens. */
function unusedPort(): number {
  using listener = Deno.listen({ hostname, port: 0 });
  return listener.addr.port;
}

Deno.test("connectTcp and connectTls tell an unreachable host", async () => {
  const port = unusedPort();
  for (
    const connect of [
      () => connectTcp(hostname, port),
      () => connectTls(hostname, port),
    ]
  ) {
    assertEquals((await assertRejects(connect, TransportError)).code, "unreachable");
  }
});

Deno.test("connectTcp, connectTls and connectWebSocket throw the signal's reason", async () => {
  using listener = Deno.listen({ hostname, port: 0 });
  const { port } = listener.addr;
  const reason = new Error("enough");
  for (
    const connect of [
      (signal: AbortSignal) => connectTcp(hostname, port, { signal }),
      (signal: AbortSignal) => connectTls(hostname, port, { signal }),
      async (signal: AbortSignal) =>
        await connectWebSocket(await dialTcp(hostname, port), { host: "localhost", signal }),
    ]
  ) {
    assert(await assertRejects(() => connect(AbortSignal.abort(reason))) === reason);
  }

  // A peer that takes the connection and says nothing: only the signal ends the handshake.
  for (
    const connect of [
      (signal: AbortSignal) => connectTls(hostname, port, { signal }),
      async (signal: AbortSignal) =>
        await connectWebSocket(await dialTcp(hostname, port), { host: "localhost", signal }),
    ]
  ) {
    const abort = new AbortController();
    const silent = listener.accept().then(async (conn) => {
      await conn.read(new Uint8Array(1));
      abort.abort(reason);
      return conn;
    });
    assert(await assertRejects(() => connect(abort.signal)) === reason);
    (await silent).close();
  }
});

Deno.test("connectTls trusts only the authorities it is given, and agrees on a protocol", async () => {
  using listener = Deno.listenTls({
    hostname,
    port: 0,
    cert: localhostCert,
    key: localhostKey,
    alpnProtocols: ["http/1.1"],
  });
  const { port } = listener.addr;
  const refused = listener.accept().then(async (conn) => {
    using _ = conn;
    await assertRejects(() => conn.handshake());
  });
  assertEquals(
    (await assertRejects(() => connectTls("localhost", port), TransportError)).code,
    "unreachable",
  );
  await refused;

  const accepted = listener.accept().then(async (conn) => {
    await conn.handshake();
    return conn;
  });
  using conn = await dialTls(hostname, port, { caCerts: [caCert], alpnProtocols: ["http/1.1"] });
  assertEquals((await conn.handshake()).alpnProtocol, "http/1.1");
  (await accepted).close();
});

Deno.test("TcpTransport reads the leading bytes first", async () => {
  using listener = Deno.listen({ hostname, port: 0 });
  const [client, conn] = await Promise.all([
    connectTcp(hostname, listener.addr.port),
    listener.accept(),
  ]);
  using _ = client;
  using server = new TcpTransport(conn, { leading: Uint8Array.of(1, 2), peer: "visitor" });
  await client.write(Uint8Array.of(3));
  assertEquals(await server.read(), Uint8Array.of(1, 2));
  assertEquals(await server.read(), Uint8Array.of(3));
  assertEquals(server.peer, "visitor");
});
