import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseEndpoint } from "../../client/address/endpoint.ts";
import { DialError } from "../../client/dial/dial_error.ts";
import { type Carrier, Dialer, type DialerOptions } from "../../client/dial/dialer.ts";
import { HandshakeFailed, TcpTransport, type Transport } from "../../protocol/mod.ts";
import { acceptUpgrade, acceptWebSocket, readRequest } from "../support/transport_http_acceptor.ts";
import { caCert, localhostCert, localhostKey } from "../support/transport_certificates.ts";
import { AppConn, bytes, text } from "./client_harness.ts";

const never = new AbortController().signal;

function dialer(endpoint: string, options: Partial<DialerOptions> = {}): Dialer {
  return new Dialer({
    endpoint: parseEndpoint(endpoint),
    connectTimeoutMs: 2_000,
    winners: new Map(),
    ...options,
  });
}

/** A handshake as far as the dialer can tell. */
async function start(transport: Transport, signal: AbortSignal): Promise<string> {
  const onAbort = () => transport.close();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await transport.write(bytes("hello"));
    const reply = await transport.read();
    if (reply === null || text(reply) !== "welcome") {
      throw new HandshakeFailed("not_tun", "That is not how we are greeted");
    }
    return transport.kind;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    transport.close();
  }
}

/** The other end of it. */
async function greet(transport: Transport): Promise<void> {
  await transport.read();
  await transport.write(bytes("welcome"));
  await transport.read().catch(() => {});
  transport.close();
}

/** A listener whose connections are handled one after the other. */
class Listener implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly port: number;
  readonly #listener: Deno.Listener;
  readonly #done: Promise<void>;
  #open: Deno.Conn | undefined;

  constructor(listener: Deno.Listener, handle: (conn: Deno.Conn, index: number) => Promise<void>) {
    this.#listener = listener;
    this.port = (listener.addr as Deno.NetAddr).port;
    this.#done = this.#run(handle);
  }

  async #run(handle: (conn: Deno.Conn, index: number) => Promise<void>): Promise<void> {
    let index = 0;
    for await (const conn of this.#listener) {
      this.#open = conn;
      await handle(conn, index++).catch(() => closeQuietly(conn));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    if (this.#open !== undefined) closeQuietly(this.#open);
    await this.#done.catch(() => {});
  }
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Closed already.
  }
}

function listen(handle: (conn: Deno.Conn, index: number) => Promise<void>): Listener {
  return new Listener(Deno.listen({ hostname: "127.0.0.1", port: 0 }), handle);
}

async function answer(conn: Deno.Conn, head: string): Promise<void> {
  await readRequest(conn);
  using app = new AppConn(conn);
  await app.send(`HTTP/1.1 ${head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

Deno.test("Dialer takes the raw upgrade where it works", async () => {
  await using listener = listen(async (conn) => await greet(await acceptUpgrade(conn)));
  const winners = new Map<string, Carrier>();
  const subject = dialer(`http://127.0.0.1:${listener.port}`, { winners });
  assertEquals(await subject.dial(start, never), "upgrade");
  assertEquals([...winners.values()], ["upgrade"]);
});

Deno.test("Dialer falls back to WebSocket, and remembers that it works", async () => {
  let upgrades = 0;
  await using listener = listen(async (conn, index) => {
    if (index === 0) {
      upgrades++;
      return await answer(conn, "404 Not Found");
    }
    await greet(await acceptWebSocket(conn));
  });
  const winners = new Map<string, Carrier>();
  const endpoint = `http://127.0.0.1:${listener.port}`;
  assertEquals(await dialer(endpoint, { winners }).dial(start, never), "websocket");
  assertEquals(await dialer(endpoint, { winners }).dial(start, never), "websocket");
  assertEquals(upgrades, 1);
});

Deno.test("Dialer falls back to WebSocket when a middlebox swallows the upgrade", async () => {
  await using listener = listen(async (conn, index) => {
    // A 101 from something that does not know what it promised, and then nothing.
    if (index === 0) {
      const silent = await acceptUpgrade(conn);
      while (await silent.read() !== null);
      return silent.close();
    }
    await greet(await acceptWebSocket(conn));
  });
  const clock = {
    now: () => 0,
    schedule: (ms: number, callback: () => void) => {
      const id = setTimeout(callback, ms / 30);
      const cancel = () => clearTimeout(id);
      return { cancel, [Symbol.dispose]: cancel };
    },
  };
  const subject = dialer(`http://127.0.0.1:${listener.port}`, { clock, connectTimeoutMs: 60_000 });
  assertEquals(await subject.dial(start, never), "websocket");
});

for (
  const [head, code] of [
    ["404 Not Found", "not_a_tun_server"],
    ["301 Moved\r\nLocation: https://elsewhere.example/", "not_a_tun_server"],
    ["502 Bad Gateway", "server_unavailable"],
    ["429 Slow Down", "server_unavailable"],
  ] as const
) {
  for (const scheme of ["http", "ws"]) {
    Deno.test(`Dialer says ${code} of a ${scheme} server that answers ${head.slice(0, 3)}`, async () => {
      await using listener = listen((conn) => answer(conn, head));
      const subject = dialer(`${scheme}://127.0.0.1:${listener.port}`);
      const error = await assertRejects(() => subject.dial(start, never), DialError);
      assertEquals(error.code, code);
      if (head.startsWith("301")) assert(error.message.includes("elsewhere.example"));
    });
  }
}

Deno.test("Dialer says that something else speaks on the tunnel's port", async () => {
  await using listener = listen(async (conn) => {
    using app = new AppConn(conn);
    await app.send("SSH-2.0-OpenSSH_9.6\r\n");
    await app.ended;
  });
  const subject = dialer(`tcp://127.0.0.1:${listener.port}`);
  const error = await assertRejects(() => subject.dial(start, never), DialError);
  assertEquals([error.code, error.retryable], ["not_a_tun_server", false]);
});

Deno.test("Dialer goes over TLS with a private authority, and not without", async () => {
  const tls = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: localhostCert,
    key: localhostKey,
  });
  await using listener = new Listener(tls, async (conn) => {
    await (conn as Deno.TlsConn).handshake();
    await greet(new TcpTransport(conn));
  });
  const endpoint = `tls://localhost:${listener.port}`;
  const error = await assertRejects(() => dialer(endpoint).dial(start, never), DialError);
  assertEquals(error.code, "tls_failed");
  assertEquals(await dialer(endpoint, { ca: caCert }).dial(start, never), "tls");
});

Deno.test("Dialer goes through the proxy that the environment names", async () => {
  const asked: string[] = [];
  await using proxy = listen(async (conn) => {
    const { requestLine, fields } = await readRequest(conn);
    asked.push(requestLine, ...fields.map(([name, value]) => `${name}: ${value}`));
    await conn.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"));
    await greet(await acceptUpgrade(conn));
  });
  const env = { HTTP_PROXY: `http://me:secret@127.0.0.1:${proxy.port}` };
  const endpoint = "http://tun.example.com";
  const winners = new Map<string, Carrier>([["http://tun.example.com:80/connect", "upgrade"]]);
  assertEquals(await dialer(endpoint, { env, winners }).dial(start, never), "upgrade");
  assertEquals(asked, [
    "CONNECT tun.example.com:80 HTTP/1.1",
    "Host: tun.example.com:80",
    `Proxy-Authorization: Basic ${btoa("me:secret")}`,
  ]);
});

Deno.test("Dialer says what the proxy has against it", async () => {
  await using proxy = listen((conn) => answer(conn, "407 Proxy Authentication Required"));
  const env = { ALL_PROXY: `127.0.0.1:${proxy.port}` };
  const subject = dialer("tcp://tun.example.com", { env });
  const error = await assertRejects(() => subject.dial(start, never), DialError);
  assertEquals([error.code, error.retryable], ["proxy_failed", true]);
  assert(error.message.includes("407"));
});

Deno.test("Dialer throws the signal's reason when it is aborted", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const controller = new AbortController();
  const dialling = dialer(`http://127.0.0.1:${listener.addr.port}`).dial(start, controller.signal);
  using _conn = await listener.accept();
  const reason = new Error("no longer");
  controller.abort(reason);
  assertEquals(await dialling.catch((error) => error), reason);
});
