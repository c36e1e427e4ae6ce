import { assertEquals, assertRejects } from "@std/assert";
import {
  acceptWebSocket,
  readRequest,
  writeAll,
} from "../../tests/support/transport_http_acceptor.ts";
import { acceptFor } from "../websocket/handshake.ts";
import { dialTcp } from "./connect_tcp.ts";
import { UpgradeRefusedError } from "./http_upgrade.ts";
import { type Transport, TransportError } from "./transport.ts";
import { connectWebSocket } from "./websocket_client.ts";

const utf8 = new TextEncoder();

/** Asks a server that does `serve` with the connection for a WebSocket. */
async function connect(serve: (conn: Deno.Conn) => Promise<void>): Promise<Transport> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = listener.accept().then(async (conn) => {
    using _ = conn;
    await serve(conn);
  });
  const conn = await dialTcp("127.0.0.1", listener.addr.port);
  try {
    return await connectWebSocket(conn, { host: "tun.example", fields: [["X-Own", "1"]] });
  } finally {
    await serving;
  }
}

/** Answers with a head that is made of the accept value that the request asks for. */
function answer(
  head: (accept: string) => string,
  behind: readonly number[] = [],
): (conn: Deno.Conn) => Promise<void> {
  return async (conn) => {
    const { fields } = await readRequest(conn);
    const key = fields.find(([name]) => name === "Sec-WebSocket-Key")![1];
    const bytes = utf8.encode(`${head(await acceptFor(key))}\r\n\r\n`);
    await writeAll(conn, Uint8Array.of(...bytes, ...behind));
  };
}

const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade";

Deno.test("connectWebSocket asks with a key of 16 bytes, and for nothing else", async () => {
  let request: string[] = [];
  await assertRejects(() =>
    connect(async (conn) => {
      const { requestLine, fields } = await readRequest(conn);
      request = [requestLine, ...fields.map((field) => field.join("="))];
      await writeAll(conn, utf8.encode("HTTP/1.1 204 No Content\r\n\r\n"));
    })
  );
  assertEquals(request.map((line) => line.replace(/=[\w+/]{22}==$/, "=KEY")), [
    "GET /connect HTTP/1.1",
    "Host=tun.example",
    "Upgrade=websocket",
    "Connection=Upgrade",
    "Sec-WebSocket-Key=KEY",
    "Sec-WebSocket-Version=13",
    "X-Own=1",
  ]);
});

Deno.test("connectWebSocket reads what came in the packet of the 101", async () => {
  const head = (accept: string) => `${SWITCH}\r\nSec-WebSocket-Accept: ${accept}`;
  using transport = await connect(answer(head, [0x82, 2, 0x68, 0x69, 0x88]));
  assertEquals(await transport.read(), utf8.encode("hi"));
});

Deno.test("connectWebSocket tells a refusal from an answer that is wrong", async () => {
  const refused = await assertRejects(
    () => connect(answer(() => "HTTP/1.1 503 Busy\r\nRetry-After: 7")),
    UpgradeRefusedError,
  );
  assertEquals([refused.refusal.status, refused.refusal.fields.get("retry-after")], [503, "7"]);
  const wrong = [
    answer(() => SWITCH),
    answer(() => `${SWITCH}\r\nSec-WebSocket-Accept: ${btoa("01234567890123456789")}`),
    answer((accept) =>
      `${SWITCH}\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Extensions: permessage-deflate`
    ),
    answer((accept) => `${SWITCH}\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: x`),
  ];
  for (const serve of wrong) {
    const error = await assertRejects(() => connect(serve), TransportError);
    assertEquals(error.code, "carrier_violation");
  }
});

Deno.test("connectWebSocket masks what it sends, each message with a key of its own", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept().then(async (conn) => {
    const keys: string[] = [];
    const { fields } = await readRequest(conn);
    const key = fields.find(([name]) => name === "Sec-WebSocket-Key")![1];
    const accept = await acceptFor(key);
    await writeAll(conn, utf8.encode(`${SWITCH}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`));
    const frame = new Uint8Array(10);
    for (let i = 0; i < 3; i++) {
      for (let size = 0; size < 10;) size += (await conn.read(frame.subarray(size)))!;
      assertEquals([...frame.subarray(0, 2)], [0x82, 0x84]);
      keys.push(frame.subarray(2, 6).toHex());
      await conn.write(Uint8Array.of(0x82, 1, i));
    }
    conn.close();
    return keys;
  });
  const conn = await dialTcp("127.0.0.1", listener.addr.port);
  using transport = await connectWebSocket(conn, { host: "localhost" });
  for (let i = 0; i < 3; i++) {
    await transport.write(utf8.encode("same"));
    await transport.read();
  }
  assertEquals(new Set(await accepted).size, 3);
});

Deno.test("connectWebSocket carries a write that is larger than a message", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept().then(acceptWebSocket);
  const conn = await dialTcp("127.0.0.1", listener.addr.port);
  using client = await connectWebSocket(conn, { host: "localhost" });
  using server = await accepted;
  const bytes = Uint8Array.from({ length: 1_000_003 }, (_, i) => i * 7);
  const written = client.write(bytes);
  let at = 0;
  while (at < bytes.length) {
    const piece = (await server.read())!;
    assertEquals(piece, bytes.subarray(at, at += piece.length));
  }
  await written;
});
