/**
 * Tries the examples of `packaging/proxy/` for real: `deno task proxies` starts nginx and Caddy,
 * whichever is installed, with its file, in front of a server and a client on this machine. Only
 * names, ports and certificates are others than in the file.
 *
 * Through each: a page, a tunnel by either carrier, a WebSocket, and a download and an upload of
 * which each end waits for the other, so that whoever collects them first never gets through.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { KeepAliveVisitor } from "../tests/e2e/endurance_visitor.ts";
import { RawConnection } from "../tests/support/raw_connection.ts";
import { caCert, localhostCert, localhostKey } from "../tests/support/transport_certificates.ts";
import { bootServer } from "../tests/support/tunnel_boot.ts";

/** A proxy and what makes its example one for this machine. */
interface Proxy {
  readonly name: string;
  readonly file: string;
  /** The whole configuration, from the example's text. */
  readonly config: (example: string, place: Place) => string;
  readonly args: (configFile: string) => readonly string[];
}

/** Where things are on this machine. */
interface Place {
  readonly directory: string;
  readonly port: number;
  readonly server: string;
}

const PROXIES: readonly Proxy[] = [
  {
    name: "nginx",
    file: "nginx.conf",
    config: (example, { directory, port, server }) => {
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((kind) => `${kind}_temp_path ${directory}/${kind};`).join("\n");
      const own = changed(example, [
        [/listen 443 /, `listen 127.0.0.1:${port} `],
        [/server 127\.0\.0\.1:8080;/, `server ${server};`],
        [/server_name .*;/, "server_name localhost *.localhost;"],
        [/ssl_certificate .*;/, `ssl_certificate ${directory}/cert.pem;`],
        [/ssl_certificate_key .*;/, `ssl_certificate_key ${directory}/key.pem;`],
      ]);
      return `daemon off;\nmaster_process off;\npid ${directory}/pid;\nerror_log stderr warn;\n` +
        `events {}\nhttp {\naccess_log off;\n${temporary}\n${own}}\n`;
    },
    args: (file) => ["-c", file, "-e", "stderr"],
  },
  {
    name: "caddy",
    file: "Caddyfile",
    config: (example, { directory, port, server }) =>
      `{\n\tadmin off\n\tauto_https off\n}\n` + changed(example, [
        [
          /^tun\.example\.com, \*\.tun\.example\.com \{/m,
          `https://localhost:${port}, https://*.localhost:${port} {\n\tbind 127.0.0.1`,
        ],
        [/tls \{[^}]*\}[^}]*\}/, `tls ${directory}/cert.pem ${directory}/key.pem`],
        [/127\.0\.0\.1:8080/, server],
      ]),
    args: (file) => ["run", "--adapter", "caddyfile", "--config", file],
  },
];

/** Replaces what must be there. */
function changed(text: string, changes: readonly (readonly [RegExp, string])[]): string {
  for (const [from, to] of changes) {
    assertMatch(text, from);
    text = text.replace(from, to);
  }
  return text;
}

/** An app of which each answer waits for its visitor, and the other way round. */
class WaitingApp implements AsyncDisposable {
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => this.#answer(request),
  );
  /** The visitor has the first half of the download. */
  readonly half = Promise.withResolvers<void>();
  /** The first half of the upload is there. */
  readonly uploaded = Promise.withResolvers<void>();

  get port(): number {
    return this.#server.addr.port;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.headers.get("upgrade") === "websocket") {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = ({ data }) => socket.send(data);
      return response;
    }
    if (pathname === "/download") return new Response(this.#halves());
    if (pathname === "/upload") {
      const pieces: string[] = [];
      for await (const piece of request.body!.pipeThrough(new TextDecoderStream())) {
        pieces.push(piece);
        this.uploaded.resolve();
      }
      return new Response(pieces.join(""));
    }
    const { headers } = request;
    return Response.json(
      ["host", "x-forwarded-for", "x-forwarded-proto"].map((name) => headers.get(name)),
    );
  }

  #halves(): ReadableStream<Uint8Array> {
    const { half } = this;
    return new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode("first,"));
        await half.promise;
        controller.enqueue(new TextEncoder().encode("second"));
        controller.close();
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.half.resolve();
    await this.#server.shutdown();
  }
}

async function check(proxy: Proxy): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const directory = undo.adopt(
    await Deno.makeTempDir({ prefix: "tun-proxy-" }),
    (path) => Deno.remove(path, { recursive: true }),
  );
  const app = undo.use(new WaitingApp());
  const port = freePort();
  const server = undo.use(await bootServer({ publicUrl: `https://localhost:${port}` }));
  const example = await Deno.readTextFile(
    new URL(`../packaging/proxy/${proxy.file}`, import.meta.url),
  );
  const place = { directory, port, server: `127.0.0.1:${server.port}` };
  await Deno.writeTextFile(`${directory}/cert.pem`, localhostCert);
  await Deno.writeTextFile(`${directory}/key.pem`, localhostKey);
  await Deno.writeTextFile(`${directory}/config`, proxy.config(example, place));
  const program = undo.adopt(
    new Deno.Command(proxy.name, {
      args: [...proxy.args(`${directory}/config`)],
      env: { HOME: directory },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn(),
    async (child) => {
      child.kill("SIGTERM");
      await child.status;
    },
  );
  const complaints = new Response(program.stderr).text();
  if (!await isUp(port, program)) throw new Error(`It does not start:\n${await complaints}`);

  for (const scheme of ["wss", "https"]) {
    const endpoint = `${scheme}://localhost:${port}`;
    const name = `web-${scheme}`;
    const host = `${name}.localhost:${port}`;
    const options = { target: app.port, name, endpoint, ca: caCert };
    await using client = await server.connect(options);
    assertEquals(client.tunnel.url, `https://${host}`);
    using visitor = new KeepAliveVisitor(await dial(port), host);
    const { status, body } = await visitor.get("/");
    assertEquals([status, JSON.parse(body)], [200, [host, "127.0.0.1, 127.0.0.1", "https"]]);
    if (scheme === "wss") continue;
    await exchangeWebSocket(port, host);
    await download(port, host, app);
    await upload(port, host, app);
  }
}

async function exchangeWebSocket(port: number, host: string): Promise<void> {
  using visitor = new RawConnection(await dial(port));
  await visitor.send(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  assertMatch(await visitor.take((text) => text.includes("\r\n\r\n")), /^HTTP\/1\.1 101 /);
  await visitor.send("\x81\x84\0\0\0\0ping");
  assertEquals(await visitor.takeBytes(6), "\x81\x04ping");
}

async function download(port: number, host: string, app: WaitingApp): Promise<void> {
  using visitor = new RawConnection(await dial(port));
  await visitor.send(`GET /download HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  await visitor.take((text) => text.includes("first,"));
  app.half.resolve();
  assertMatch(await visitor.takeToEnd(), /second/);
}

async function upload(port: number, host: string, app: WaitingApp): Promise<void> {
  using visitor = new RawConnection(await dial(port));
  await visitor.send(
    `POST /upload HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n` +
      "Transfer-Encoding: chunked\r\n\r\n6\r\nfirst,\r\n",
  );
  await app.uploaded.promise;
  await visitor.send("6\r\nsecond\r\n0\r\n\r\n");
  assertMatch(await visitor.takeToEnd(), /first,second/);
}

async function dial(port: number): Promise<Deno.TlsConn> {
  return await Deno.connectTls({ hostname: "localhost", port, caCerts: [caCert] });
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Waits until somebody listens, or the program has ended. */
async function isUp(port: number, program: Deno.ChildProcess): Promise<boolean> {
  let hasEnded = false;
  program.status.then(() => hasEnded = true);
  while (!hasEnded) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return false;
}

function isInstalled(name: string): boolean {
  try {
    return new Deno.Command(name, { args: ["-v"], stdout: "null", stderr: "null" }).outputSync()
      .code < 127;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A proxy that collects lets both ends wait for ever. */
const PATIENCE_MS = 30_000;

async function withPatience(work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`Nothing moves any more, for ${PATIENCE_MS} ms`));
    timer = setTimeout(fail, PATIENCE_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  const installed = PROXIES.filter(({ name }) => isInstalled(name));
  assert(installed.length > 0, `none of ${PROXIES.map(({ name }) => name).join(", ")} is there`);
  for (const proxy of PROXIES) {
    if (!installed.includes(proxy)) {
      say(`${proxy.name}: not installed`);
      continue;
    }
    await withPatience(check(proxy));
    say(`${proxy.name}: page, tunnels, WebSocket, download and upload pass`);
  }
  Deno.exit(0);
}
