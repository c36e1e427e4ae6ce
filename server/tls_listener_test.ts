import { assert, assertEquals, assertRejects } from "@std/assert";
import { caCert, localhostCert, localhostKey } from "../tests/support/transport_certificates.ts";
import { HAS_TLS_SOCKETS, TlsServerListener } from "./tls_listener.ts";

const hostname = "127.0.0.1";
const native = { ignore: !HAS_TLS_SOCKETS };

function open(port = 0): Promise<TlsServerListener> {
  const certificate = { cert: localhostCert, key: localhostKey };
  return TlsServerListener.open({ hostname, port, backlog: 16, reusePort: false, ...certificate });
}

async function dial({ addr }: TlsServerListener): Promise<Deno.TlsConn> {
  const tcp = await Deno.connect({ hostname, port: addr.port });
  tcp.setNoDelay(true);
  const conn = await Deno.startTls(tcp, { hostname: "localhost", caCerts: [caCert] });
  await conn.handshake();
  return conn;
}

/** Reads until the peer hangs up. */
async function untilEnd(conn: Deno.Conn): Promise<void> {
  while (await conn.read(new Uint8Array(1024)).catch(() => null) !== null);
}

Deno.test("TlsServerListener says where it is, and that a port is taken", native, async () => {
  using listener = await open();
  assertEquals(listener.addr.hostname, hostname);
  assert(listener.addr.port > 0);
  await assertRejects(() => open(listener.addr.port), Deno.errors.AddrInUse);
});

Deno.test("TlsServerListener ends a pending accept when it is closed", native, async () => {
  const listener = await open();
  const accepting = assertRejects(() => listener.accept(), Deno.errors.BadResource);
  listener.close();
  await accepting;
  await assertRejects(() => listener.accept(), Deno.errors.BadResource);
});

Deno.test(
  "TlsServerListener sends a second record without waiting for the first one's receipt",
  native,
  async () => {
    using listener = await open();
    const size = 20_000;
    const rounds = 100;
    const echoing = (async () => {
      using conn = await listener.accept();
      const buffer = new Uint8Array(size);
      for (let round = 0; round < rounds; round++) {
        for (let at = 0; at < size;) at += (await conn.read(buffer.subarray(at)))!;
        await conn.write(buffer);
      }
      await conn.closeWrite();
      await untilEnd(conn);
    })();
    using conn = await dial(listener);
    const message = new Uint8Array(size);
    const startedAt = performance.now();
    for (let round = 0; round < rounds; round++) {
      for (let at = 0; at < size;) at += await conn.write(message.subarray(at));
      for (let at = 0; at < size;) at += (await conn.read(message.subarray(at)))!;
    }
    // Each would wait for 40 ms.
    assert(performance.now() - startedAt < rounds * 20);
    conn.close();
    await echoing;
  },
);

Deno.test(
  "TlsServerListener survives handshakes that fail, and peers that hang up in one",
  native,
  async () => {
    using listener = await open();
    const helloThatEnds = Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3);
    for (const bytes of [new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), helloThatEnds, null]) {
      const accepted = listener.accept();
      const tcp = await Deno.connect({ hostname, port: listener.addr.port });
      if (bytes !== null) await tcp.write(bytes);
      await tcp.closeWrite();
      const conn = await accepted;
      const end = await conn.read(new Uint8Array(1)).catch((error: unknown) => error);
      assert(end === null || end instanceof Deno.errors.ConnectionReset);
      conn.close();
      await untilEnd(tcp);
      tcp.close();
    }
    const accepted = listener.accept();
    using client = await dial(listener);
    using server = await accepted;
    await client.write(Uint8Array.of(7));
    const byte = new Uint8Array(1);
    assertEquals([await server.read(byte), byte[0]], [1, 7]);
  },
);

Deno.test("TlsServerConn close ends a handshake that the peer never finishes", native, async () => {
  using listener = await open();
  const accepted = listener.accept();
  using tcp = await Deno.connect({ hostname, port: listener.addr.port });
  const conn = await accepted;
  const reading = assertRejects(() => conn.read(new Uint8Array(1)), Deno.errors.BadResource);
  conn.close();
  await reading;
  await untilEnd(tcp);
});

Deno.test(
  "TlsServerConn close says goodbye, so that nobody takes the end for a cut",
  native,
  async () => {
    using listener = await open();
    const accepted = listener.accept();
    using client = await dial(listener);
    const server = await accepted;
    await server.write(Uint8Array.of(1, 2, 3));
    server.close();
    const bytes = new Uint8Array(8);
    assertEquals(await client.read(bytes), 3);
    // Without a close_notify this would be an UnexpectedEof.
    assertEquals(await client.read(bytes), null);
  },
);
