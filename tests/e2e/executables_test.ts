import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { demoApp } from "../../examples/demo_app/app.ts";
import { localhostCert, localhostKey } from "../support/transport_certificates.ts";
import { executablesDirectory, Playground, type ProgramEnd } from "./executables_process.ts";

const ignore = executablesDirectory() === undefined;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `Executables: ${name}`, ignore, fn });
}

/** A local app with the port it is on. */
async function withApp(use: (port: number) => Promise<void>): Promise<void> {
  const end = new AbortController();
  await using app = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    demoApp(end.signal),
  );
  try {
    await use(app.addr.port);
  } finally {
    end.abort();
  }
}

/** What a visitor of `host` gets, as text. */
async function visit(port: number, host: string, path: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  let answer = "";
  for await (const piece of connection.readable.pipeThrough(new TextDecoderStream())) {
    answer += piece;
  }
  return answer;
}

/** The end of a program that complains in one line. */
function assertRefusal({ code, out, err }: ProgramEnd, expected: number, why: RegExp): void {
  assertEquals([code, out], [expected, ""], err);
  assertMatch(err, why);
  assertEquals(err.trimEnd().split("\n").length, 1, err);
}

test("both say their version and the commit they were made of", async () => {
  await using place = new Playground();
  for (const name of ["tun", "tun-server"] as const) {
    const { code, out, err } = await place.run(name, ["--version"]);
    assertEquals([code, err], [0, ""]);
    assertMatch(out, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\([0-9a-f]{12}(-dirty)?\\)\n$`));
  }
});

test("requests, streams, a WebSocket and a file pass through both", () =>
  withApp(async (app) => {
    await using place = new Playground();
    const server = await place.startServer("--single", "--no-auth");
    const client = place.start("tun", String(app), "-e", server.endpoint, "--json");
    await client.eventOf("ready");

    const todos = await (await fetch(`${server.endpoint}/todos`)).json();
    assertEquals(todos.length, 5);

    const file = crypto.getRandomValues(new Uint8Array(65_536));
    const put = await fetch(`${server.endpoint}/files/a`, { method: "PUT", body: file });
    assertEquals((await put.json()).bytes, file.length);
    const kept = await fetch(`${server.endpoint}/files/a`);
    assertEquals(new Uint8Array(await kept.arrayBuffer()), file);

    const feed = (await fetch(`${server.endpoint}/events`)).body!;
    const reader = feed.pipeThrough(new TextDecoderStream()).getReader();
    assertMatch((await reader.read()).value!, /^event: time\n/);
    await reader.cancel();

    const socket = new WebSocket(`${server.endpoint.replace("http", "ws")}/echo`);
    const heard = Promise.withResolvers<string>();
    const closed = Promise.withResolvers<void>();
    socket.onopen = () => socket.send("hello");
    socket.onmessage = ({ data }) => heard.resolve(data);
    socket.onclose = () => closed.resolve();
    assertEquals(await heard.promise, "hello");
    socket.close();
    await closed.promise;

    const request = await client.eventOf("request");
    assertEquals([request.method, request.path], ["GET", "/todos"]);
  }));

test("a first token and `tun login` are all that a first tunnel needs", () =>
  withApp(async (app) => {
    await using place = new Playground();
    const server = await place.startServer();
    const token = await Deno.readTextFile(`${place.state}/first-token`);
    const login = await place.run("tun", ["login", "-e", server.endpoint], token);
    assertEquals([login.code, login.err], [0, ""]);

    const client = place.start("tun", String(app), "-e", server.endpoint, "-s", "shop", "--json");
    const { url } = await client.eventOf("ready");
    assertEquals(url, `http://shop.localhost:${server.port}`);
    const answer = await visit(server.port, `shop.localhost:${server.port}`, "/todos/1");
    assertMatch(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assertMatch(await visit(server.port, "other.localhost", "/"), /^HTTP\/1\.1 404 /);
  }));

test("a TCP tunnel has a public port", () =>
  withApp(async (app) => {
    await using place = new Playground();
    const server = await place.startServer("--no-auth");
    const client = place.start("tun", "tcp", String(app), "-e", server.endpoint, "--json");
    const { url } = await client.eventOf("ready");
    const port = Number(/^tcp:\/\/localhost:(\d+)$/.exec(url!)?.[1]);
    assertMatch(await visit(port, "anything", "/todos/1"), /^HTTP\/1\.1 200 OK\r\n/);
  }));

test("a unix socket and a self-signed service can be shared", async () => {
  await using place = new Playground();
  const server = await place.startServer("--no-auth");
  const hello = () => new Response("hello");
  const onListen = () => {};
  const path = `${place.cwd}/app.sock`;
  await using _unix = Deno.serve({ path, onListen }, hello);
  const tls = { hostname: "127.0.0.1", port: 0, cert: localhostCert, key: localhostKey };
  await using secure = Deno.serve({ ...tls, onListen }, hello);
  const targets = {
    unix: ["./app.sock"],
    tls: [`https://127.0.0.1:${secure.addr.port}`, "--insecure"],
  };
  for (const [name, target] of Object.entries(targets)) {
    const client = place.start("tun", ...target, "-e", server.endpoint, "-s", name, "--json");
    await client.eventOf("ready");
    const answer = await visit(server.port, `${name}.localhost`, "/");
    assertMatch(answer, /^HTTP\/1\.1 200 OK\r\n[^]*hello/);
    client.kill("SIGTERM");
    await client.end();
  }
});

test("variables that stand for flags are seen", async () => {
  await using place = new Playground();
  place.env = { TUN_NO_AUTH: "1", TUN_DOMAIN: "tun.example.com" };
  const server = await place.startServer();
  place.env = { TUN_ENDPOINT: server.endpoint, TUN_NAME: "shop" };
  const client = place.start("tun", "--json");
  assertEquals(
    (await client.eventOf("ready")).url,
    `http://shop.tun.example.com:${server.port}`,
  );
  place.env = { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:1" };
  assertRefusal(await place.run("tun-server", []), 2, /DENO_SERVE_ADDRESS/);
});

test("a signal ends both with exit code 0", () =>
  withApp(async (app) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await using place = new Playground();
      const server = await place.startServer("--no-auth");
      const client = place.start("tun", String(app), "-e", server.endpoint, "--json");
      await client.eventOf("ready");
      client.kill(signal);
      assertEquals((await client.end()).code, 0, signal);
      server.program.kill(signal);
      const end = await server.program.end();
      assertEquals(end.code, 0, signal);
      assertMatch(end.out, /"event":"stopped"/);
    }
  }));

test("what is wrong with a command line is said in one line, exit code 2", async () => {
  await using place = new Playground();
  assertRefusal(await place.run("tun", ["--bogus"]), 2, /--bogus/);
  assertRefusal(await place.run("tun", ["99999"]), 2, /99999/);
  assertRefusal(await place.run("tun", ["start", "--config", "none.toml"]), 2, /none\.toml/);
  assertRefusal(await place.run("tun", ["3000", "--ca", "none.pem"]), 2, /none\.pem/);
  assertRefusal(await place.run("tun-server", ["--bogus"]), 2, /--bogus/);
  assertRefusal(await place.run("tun-server", ["--http", "127.0.0.1:99999"]), 2, /99999/);
  assertEquals(await place.files(), []);
});

test("what a server refuses has exit codes of its own", () =>
  withApp(async (app) => {
    await using place = new Playground();
    const server = await place.startServer();
    const toServer = ["3000", "-e", server.endpoint];
    const noToken = await place.run("tun", [...toServer, "--token", "not.a.token"]);
    assertEquals(noToken.code, 3, noToken.err);

    await using open = new Playground();
    const openServer = await open.startServer("--no-auth");
    const first = open.start("tun", "3000", "-e", openServer.endpoint, "-s", "shop", "--json");
    await first.eventOf("ready");
    const taken = await place.run("tun", ["3000", "-e", openServer.endpoint, "-s", "shop"]);
    assertEquals(taken.code, 4, taken.err);

    const noServer = await place.run("tun", ["3000", "-e", `http://127.0.0.1:${app}`]);
    assertEquals(noServer.code, 5, noServer.err);
  }));

test("nothing is written but state and lease keys, for nobody else to read", () =>
  withApp(async (app) => {
    await using place = new Playground();
    for (const auth of [[], ["--no-auth"]]) {
      const server = await place.startServer(...auth);
      const token = await Deno.readTextFile(`${place.state}/first-token`);
      await place.run("tun", ["login", "-e", server.endpoint], token);
      const client = place.start("tun", String(app), "-e", server.endpoint, "--json");
      await client.eventOf("ready");
      client.kill("SIGTERM");
      assertEquals((await client.end()).code, 0);
      server.program.kill("SIGTERM");
      assertEquals((await server.program.end()).code, 0);
    }
    const files = await place.files();
    assertNotEquals(files, []);
    for (const file of files) {
      assertMatch(file, /^(state|home\/(\.config|Library\/Application Support)\/tun)\//);
      const { mode } = await Deno.stat(`${place.root}/${file}`);
      assertEquals(mode! & 0o077, 0, `others may not touch ${file}`);
    }
  }));

test("tun prints the same URL at every start, soon", () =>
  withApp(async (app) => {
    await using place = new Playground();
    const server = await place.startServer("--no-auth");
    const times: number[] = [];
    const urls = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      const client = place.start("tun", String(app), "-e", server.endpoint, "--json");
      urls.add((await client.eventOf("ready")).url!);
      times.push(Math.round(performance.now() - start));
      client.kill("SIGTERM");
      await client.end();
    }
    assertEquals(urls.size, 1);
    times.sort((a, b) => a - b);
    assert(times[0]! < 5000, "even a busy machine takes no longer");
    const line = `from the start of tun to its URL: ${times[2]} ms (median of ${
      times.join(", ")
    })\n`;
    await Deno.stdout.write(new TextEncoder().encode(line));
  }));
