import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  acceptUpgrade,
  readRequest,
  writeAll,
} from "../../tests/support/transport_http_acceptor.ts";
import { dialTcp } from "./connect_tcp.ts";
import { type UpgradeOptions, UpgradeRefusedError } from "./http_upgrade.ts";
import { type Transport, TransportError } from "./transport.ts";
import { upgradeConnection } from "./upgrade_client.ts";

const utf8 = new TextEncoder();
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: tun\r\nConnection: Upgrade\r\n\r\n";

/** Runs an upgrade against a server that does `serve` with the connection. */
async function upgrade(
  serve: (conn: Deno.Conn) => Promise<void>,
  options: Partial<UpgradeOptions> = {},
): Promise<Transport> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = listener.accept().then(async (conn) => {
    using _ = conn;
    await serve(conn);
  });
  const conn = await dialTcp("127.0.0.1", listener.addr.port);
  try {
    return await upgradeConnection(conn, { host: "tun.example", ...options });
  } finally {
    await serving;
  }
}

/** A server that reads the request, says `text`, and waits for the client to go. */
function answer(text: string): (conn: Deno.Conn) => Promise<void> {
  return async (conn) => {
    await readRequest(conn);
    await writeAll(conn, utf8.encode(text)).catch(() => {});
    await conn.read(new Uint8Array(1)).catch(() => {});
  };
}

async function failure(
  serve: (conn: Deno.Conn) => Promise<void>,
  options: Partial<UpgradeOptions> = {},
): Promise<TransportError> {
  return await assertRejects(() => upgrade(serve, options), TransportError);
}

Deno.test("upgradeConnection sends a request that names everything", async () => {
  let request: string[] = [];
  await failure(async (conn) => {
    const { requestLine, fields, leading } = await readRequest(conn);
    request = [requestLine, ...fields.map((field) => field.join("="))];
    assertEquals(leading.length, 0);
    await writeAll(conn, utf8.encode("HTTP/1.1 204 No Content\r\n\r\n"));
  }, { fields: [["Authorization", "Bearer x"]] });
  assertEquals(request, [
    "GET /connect HTTP/1.1",
    "Host=tun.example",
    "Upgrade=tun",
    "Connection=Upgrade",
    "Authorization=Bearer x",
  ]);
});

Deno.test("upgradeConnection keeps the bytes that come with the 101", async () => {
  for (const size of [0, 1, 20_000]) {
    const early = Uint8Array.from({ length: size }, (_, i) => i);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept().then((conn) => acceptUpgrade(conn, early));
    const conn = await dialTcp("127.0.0.1", listener.addr.port);
    using client = await upgradeConnection(conn, { host: "x" });
    using server = await accepted;
    await server.closeWrite();
    const received: number[] = [];
    for (let piece = await client.read(); piece !== null; piece = await client.read()) {
      received.push(...piece);
    }
    assertEquals(Uint8Array.from(received), early);
    assertEquals([client.kind, client.secure], ["upgrade", false]);
  }
});

Deno.test("upgradeConnection passes over interim answers", async () => {
  using client = await upgrade(async (conn) => {
    await readRequest(conn);
    await writeAll(
      conn,
      utf8.encode("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + SWITCH + "hi"),
    );
  });
  assertEquals(await client.read(), utf8.encode("hi"));
});

Deno.test("upgradeConnection tells what a refusal said", async () => {
  const refused = await failure(
    answer(
      "HTTP/1.1 503 Busy\r\nTun-Error: offline\r\nRetry-After: 5\r\nContent-Length: 4\r\n\r\nwait",
    ),
  );
  assert(refused instanceof UpgradeRefusedError);
  assertEquals(refused.code, "unreachable");
  const { status, fields, body } = refused.refusal;
  assertEquals([status, fields.get("tun-error"), fields.get("retry-after")], [503, "offline", "5"]);
  assertEquals(new TextDecoder().decode(body), "wait");
});

Deno.test("upgradeConnection reads at most 4 KiB of a refusal, and is content with less", async () => {
  const long = await failure(answer("HTTP/1.1 404 No\r\n\r\n" + "x".repeat(100_000)));
  assert(long instanceof UpgradeRefusedError);
  assertEquals(long.refusal.body.length, 4096);

  const signal = AbortSignal.timeout(50);
  const stuck = await failure(answer("HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\nxy"), { signal });
  assert(stuck instanceof UpgradeRefusedError);
  assertEquals(stuck.refusal.body, utf8.encode("xy"));
});

Deno.test("upgradeConnection refuses a 101 that is not for it, and what is not HTTP", async () => {
  const cases = [
    SWITCH.replace("tun", "websocket"),
    SWITCH.replace("Upgrade: tun\r\n", ""),
    SWITCH.replace("Upgrade: tun", "Upgrade: tun\r\nUpgrade: tun"),
    SWITCH.replace("Connection: Upgrade", "Connection: close"),
    SWITCH.replace("Connection", "Content-Length: 0\r\nConnection"),
    SWITCH.replace("Connection", "Transfer-Encoding: chunked\r\nConnection"),
    SWITCH.replace("1.1", "1.0"),
    "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: " + "x".repeat(20_000),
    "HTTP/1.1 102 Processing\r\n\r\n".repeat(1000),
  ];
  for (const text of cases) {
    assertEquals((await failure(answer(text))).code, "carrier_violation", text.slice(0, 100));
  }
});

Deno.test("upgradeConnection tells an end without an answer from a refusal", async () => {
  const lost = await failure(async (conn) => {
    await readRequest(conn);
    await writeAll(conn, utf8.encode("HTTP/1.1 101 Swi"));
  });
  assertEquals(lost.code, "connection_lost");
});

Deno.test("upgradeConnection gives up with its signal's reason", async () => {
  const reason = new Error("enough");
  const abort = new AbortController();
  const error = await assertRejects(() =>
    upgrade(async (conn) => {
      await readRequest(conn);
      abort.abort(reason);
      await conn.read(new Uint8Array(1));
    }, { signal: abort.signal })
  );
  assert(error === reason);
});

Deno.test("upgradeConnection never sends a field that would begin another line", async () => {
  for (const options of [{ host: "a\r\nb" }, { target: "/ x" }, { fields: [["a\n", "b"]] }]) {
    await assertRejects(
      () =>
        upgrade(async (conn) => {
          assertEquals(await conn.read(new Uint8Array(1)), null);
        }, options as Partial<UpgradeOptions>),
      TypeError,
    );
  }
});
