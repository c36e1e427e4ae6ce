import { assert, assertEquals } from "@std/assert";
import { HandshakeRefused } from "../../protocol/errors.ts";
import { RawApp, readAnswer, ScriptedServer } from "./client_harness.ts";

const MAIN = new URL("../../client/main.ts", import.meta.url).pathname;

/** A `tun` that runs. */
class Tun implements AsyncDisposable {
  readonly home: string = Deno.makeTempDirSync();
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(args: readonly string[], env: Record<string, string> = {}, stdin?: string) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", MAIN, ...args],
      cwd: this.home,
      clearEnv: true,
      env: { HOME: this.home, PATH: Deno.env.get("PATH")!, DENO_DIR: denoDirectory(), ...env },
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines = linesOf(this.#child.stdout);
    if (stdin !== undefined) {
      const writer = this.#child.stdin.getWriter();
      writer.write(new TextEncoder().encode(stdin)).then(() => writer.close());
    }
  }

  async line(): Promise<string> {
    return (await this.#lines.next()).value;
  }

  async event(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.line());
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for the end; gives the exit code, what is left of stdout, and stderr. */
  async end(): Promise<{ code: number; out: string[]; err: string }> {
    const out: string[] = [];
    const rest = async () => {
      for (;;) {
        const next = await this.#lines.next();
        if (next.done) return;
        out.push(next.value);
      }
    };
    const [status, err] = await Promise.all([
      this.#child.status,
      new Response(this.#child.stderr).text(),
      rest(),
    ]);
    return { code: status.code, out, err };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#child.stdout.cancel().catch(() => {});
    await this.#child.stderr.cancel().catch(() => {});
    await Deno.remove(this.home, { recursive: true });
  }
}

/** Where packages are cached: the child has another home. */
function denoDirectory(): string {
  return Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const piece of stream) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

Deno.test("tun --json shares an app until it is interrupted", async () => {
  await using app = new RawApp();
  await using server = new ScriptedServer();
  await using tun = new Tun([`${app.port}`, "-s", "shop", "-e", server.endpoint, "--json"]);
  assertEquals(await tun.event(), {
    event: "ready",
    kind: "http",
    url: "http://shop.localhost",
    name: "shop",
    session: server.session.id,
  });
  const stream = server.request("GET /a?b");
  const conn = await app.accept();
  await conn.until("\r\n\r\n");
  await conn.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  assertEquals((await readAnswer(stream)).body, "ok");
  const { ms, ...request } = await tun.event();
  assertEquals(typeof ms, "number");
  assertEquals(request, { event: "request", method: "GET", path: "/a", status: 200, bytes: 2 });
  tun.kill("SIGINT");
  const { code, out, err } = await tun.end();
  assertEquals([code, out, err], [0, ['{"event":"stopped"}'], ""]);
  assertEquals((await server.session.closed).code, "normal");
});

Deno.test("tun keeps its lease key, so that it is the same owner at the next start", async () => {
  await using server = new ScriptedServer();
  const home = await Deno.makeTempDir();
  for (const target of ["3000", "localhost:3000"]) {
    const env = { XDG_CONFIG_HOME: home };
    await using tun = new Tun([target, "-e", server.endpoint, "--json"], env);
    await tun.event();
    tun.kill("SIGTERM");
    assertEquals((await tun.end()).code, 0);
  }
  const [first, second] = server.hellos;
  assert(first?.leaseKey !== undefined);
  assertEquals(first.leaseKey, second?.leaseKey);
  await Deno.remove(home, { recursive: true });
});

Deno.test("tun start opens the tunnels of its file in one session", async () => {
  await using server = new ScriptedServer();
  const home = await Deno.makeTempDir();
  const file = `${home}/tun.toml`;
  await Deno.writeTextFile(
    file,
    `endpoint = "${server.endpoint}"\n[tunnels.web]\ntarget = 3000\n[tunnels.ssh]\nkind = "tcp"\ntarget = 22\n`,
  );
  await using tun = new Tun(["start", "--config", file, "--json"]);
  const events = [await tun.event(), await tun.event()];
  assertEquals(events.map(({ tunnel, kind }) => [tunnel, kind]), [["web", "http"], ["ssh", "tcp"]]);
  assertEquals(server.sessions.all.length, 1);
  tun.kill("SIGINT");
  assertEquals((await tun.end()).code, 0);
  await Deno.remove(home, { recursive: true });
});

Deno.test("tun login keeps a token, and the next command uses it", async () => {
  await using server = new ScriptedServer();
  const env = { XDG_CONFIG_HOME: await Deno.makeTempDir() };
  {
    await using login = new Tun(["login", "-e", server.endpoint], env, "a.b.c\n");
    const { code, err } = await login.end();
    assertEquals([code, err], [0, ""]);
  }
  await using tun = new Tun(["3000", "-e", server.endpoint, "--json"], env);
  await tun.event();
  assertEquals([server.hellos[0]?.token, server.hellos[0]?.leaseKey], ["a.b.c", undefined]);
  tun.kill("SIGINT");
  await tun.end();
  await Deno.remove(env.XDG_CONFIG_HOME, { recursive: true });
});

Deno.test("tun says the version and the help", async () => {
  await using version = new Tun(["--version"]);
  const { code, out } = await version.end();
  assertEquals(code, 0);
  assert(/^tun \d+\.\d+\.\d+/.test(out.join()));
  await using help = new Tun(["--help"]);
  assert((await help.end()).out.length > 10);
});

Deno.test("tun --bogus is wrong usage, in one line", async () => {
  await using tun = new Tun(["--bogus"]);
  const { code, err } = await tun.end();
  assertEquals([code, err.trim().split("\n").length], [2, 1]);
});

Deno.test("tun exits with 3 when its token is refused", async () => {
  await using server = new ScriptedServer({
    authenticate: () => Promise.reject(new HandshakeRefused("token_refused", "bad signature")),
  });
  await using tun = new Tun(["3000", "-e", server.endpoint]);
  const { code, err } = await tun.end();
  assertEquals([code, err], [3, "tun: bad signature (token_refused)\n"]);
});

Deno.test("tun exits with 4 when its name is taken", async () => {
  await using server = new ScriptedServer({
    onClaim: ({ tunnel }) => ({
      type: "claim_refused",
      tunnel,
      code: "name_taken",
      message: "somebody has it",
      final: true,
    }),
  });
  await using tun = new Tun(["3000", "-s", "shop", "-e", server.endpoint]);
  const { code, err } = await tun.end();
  assertEquals([code, err], [4, "tun: somebody has it (name_taken)\n"]);
});

Deno.test("tun exits with 5 when something else listens there", async () => {
  await using web = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("hello"),
  );
  await using tun = new Tun(["3000", "-e", `http://127.0.0.1:${web.addr.port}`]);
  const { code, err } = await tun.end();
  assertEquals([code, err.trim().split("\n").length], [5, 1]);
});
