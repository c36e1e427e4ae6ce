/**
 * Both programs stop in good order when they are asked to, and at once when they are asked again.
 *
 * @module
 */

import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { RawConnection } from "../support/raw_connection.ts";
import { TcpEcho } from "../support/tcp_echo.ts";
import { bootServer } from "../support/tunnel_boot.ts";
import { type ProgramProcess, ServerProcess, startClient } from "./endurance_process.ts";
import { ConnectionEnded, KeepAliveVisitor } from "./endurance_visitor.ts";
import { figure } from "./streaming_bytes.ts";

const posix = { ignore: Deno.build.os === "windows" };

/** An app that answers when it is told to, or after a while. */
class SlowApp implements AsyncDisposable {
  /** Paths that came. */
  readonly seen: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #held: (() => void)[] = [];
  #wake = () => {};

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** Answers what was held back. */
  release(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  /** Resolves once so many requests have come. */
  async saw(count: number): Promise<void> {
    while (this.seen.length < count) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.seen.push(pathname);
    this.#wake();
    if (pathname.startsWith("/hold")) {
      await new Promise<void>((resolve) => this.#held.push(resolve));
    } else if (this.seen.length % 3 === 0) {
      await new Promise((resolve) => setTimeout(resolve, this.seen.length % 40));
    }
    return new Response(pathname);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    await this.#server.shutdown();
  }
}

/** App, server and client. */
class World implements AsyncDisposable {
  readonly app = new SlowApp();
  server!: ServerProcess;
  client!: ProgramProcess;
  readonly #undo = new AsyncDisposableStack();

  static async start(...serverFlags: string[]): Promise<World> {
    const world = new World();
    const undo = world.#undo;
    undo.use(world.app);
    const config = undo.adopt(
      await Deno.makeTempDir(),
      (path) => Deno.remove(path, { recursive: true }),
    );
    world.server = undo.use(await ServerProcess.start("--single", ...serverFlags));
    const { http: port } = world.server.ports;
    world.client = undo.use(startClient({ port, target: world.app.port, config }));
    await world.client.event("ready");
    return world;
  }

  visit(): Promise<KeepAliveVisitor> {
    return KeepAliveVisitor.connect(this.server.ports.http, "app.localhost");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo[Symbol.asyncDispose]();
  }
}

/** What became of a load of requests. */
class Tally {
  readonly answered: string[] = [];
  /** Answers that are not the app's. */
  readonly wrong: unknown[] = [];
  /** Connections that ended in the middle of an answer. */
  readonly broken: unknown[] = [];
  /** Requests over a connection with which others had been answered, and that got nothing. */
  readonly dropped: string[] = [];
  /** First requests over connections that the system had taken and the server had not yet. */
  readonly unread: string[] = [];
  /** Connections that were not taken any more. */
  refused = 0;

  /** Sends requests until no connection is taken. */
  async load(world: World, worker: number): Promise<void> {
    for (let number = 0;;) {
      let visitor: KeepAliveVisitor;
      try {
        visitor = await world.visit();
      } catch {
        this.refused++;
        return;
      }
      using _closing = visitor;
      for (let isFirst = true; !visitor.isLast; isFirst = false) {
        const path = `/${worker}/${number++}`;
        try {
          const { status, body } = await visitor.get(path);
          if (status === 200 && body === path) this.answered.push(path);
          else this.wrong.push({ path, status, body });
        } catch (error) {
          if (!(error instanceof ConnectionEnded)) throw error;
          if (error.received !== "") this.broken.push(error);
          else if (isFirst) this.unread.push(path);
          else this.dropped.push(path);
          break;
        }
      }
    }
  }
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`Shutdown: ${signal} to a server under load drops no request`, posix, async () => {
    await using world = await World.start();
    const tally = new Tally();
    const load = Array.from({ length: 50 }, (_, worker) => tally.load(world, worker));
    await world.app.saw(1_500);
    world.server.program.kill(signal);
    await Promise.all(load);
    const { code } = await world.server.program.status;
    assertEquals(code, 0);
    figure(
      `${tally.answered.length} answered, ${tally.dropped.length} dropped, ` +
        `${tally.broken.length} broken, ${tally.unread.length} not accepted`,
    );
    assertEquals(tally.dropped, []);
    assertEquals(tally.wrong, []);
    assertEquals(tally.broken, []);
    const forwarded = new Set(world.app.seen);
    assertEquals(tally.unread.filter((path) => forwarded.has(path)), []);
    assertEquals(tally.answered.length, forwarded.size);
    const requests = world.server.program.events.all.filter(({ event }) => event === "request");
    assertEquals(requests.filter(({ status }) => status !== 200), []);
    // Nobody told the client to stop.
    world.client.kill("SIGTERM");
    assertEquals((await world.client.status).code, 0);
  });
}

Deno.test(
  "Shutdown: requests that wait for their turn are answered by a server that stops",
  posix,
  async () => {
    await using world = await World.start();
    // The tunnel takes 100 at once by default; the others wait at the server.
    const paths = Array.from({ length: 150 }, (_, number) => `/hold/${number}`);
    const visitors = await Promise.all(paths.map(() => world.visit()));
    const answers = Promise.all(visitors.map((visitor, number) => visitor.get(paths[number]!)));
    answers.catch(() => {});
    await Promise.race([world.app.saw(100), answers]);
    // One that comes later and is refused shows that the server has read all the others.
    using last = await world.visit();
    assertEquals((await last.get("/no such target")).status, 400);
    world.server.program.kill("SIGTERM");
    await world.server.program.event("stopping");
    world.app.release();
    await Promise.race([world.app.saw(150), answers]);
    world.app.release();
    const all = await answers;
    for (const visitor of visitors) visitor[Symbol.dispose]();
    assertEquals(all.map(({ body }) => body), paths);
    assertEquals((await world.server.program.status).code, 0);
  },
);

Deno.test("Shutdown: a second signal ends a server at once", posix, async () => {
  await using world = await World.start();
  using visitor = await world.visit();
  const answer = visitor.get("/hold");
  answer.catch(() => {});
  await world.app.saw(1);
  world.server.program.kill("SIGTERM");
  await world.server.program.event("stopping");
  const asked = performance.now();
  world.server.program.kill("SIGTERM");
  const { code } = await world.server.program.status;
  assertEquals(code, 0);
  assertLess(performance.now() - asked, 2_000);
  const { status } = await answer;
  assertEquals(status, 502);
});

Deno.test("Shutdown: a server does not wait longer than its drain timeout", posix, async () => {
  await using world = await World.start("--drain-timeout", "1");
  using visitor = await world.visit();
  const answer = visitor.get("/hold").catch((error) => error);
  await world.app.saw(1);
  const asked = performance.now();
  world.server.program.kill("SIGTERM");
  assertEquals((await world.server.program.status).code, 0);
  const took = performance.now() - asked;
  assertLess(took, 3_000);
  assert(took > 900, `only ${took} ms`);
  await answer;
});

Deno.test("Shutdown: Ctrl-C lets a client finish what it has begun", posix, async () => {
  await using world = await World.start();
  using visitor = await world.visit();
  const answer = visitor.get("/hold");
  await world.app.saw(1);
  world.client.kill("SIGINT");
  // What comes now is refused: it is stopping.
  using late = await world.visit();
  let status = 200;
  while (status === 200) ({ status } = await late.get("/late"));
  assertEquals(status, 502);
  world.app.release();
  assertEquals(await answer, { status: 200, body: "/hold" });
  assertEquals((await world.client.status).code, 0);
  assertEquals(world.client.events.all.at(-1)!.event, "stopped");
  assertEquals(world.client.errors, "");
  const offline = await visitor.get("/after");
  assertEquals(offline.status, 503);
});

Deno.test("Shutdown: a second Ctrl-C ends a client at once", posix, async () => {
  await using world = await World.start();
  using visitor = await world.visit();
  const answer = visitor.get("/hold");
  await world.app.saw(1);
  const asked = performance.now();
  // The system makes one of two signals that come before the first was seen.
  const impatience = setInterval(() => world.client.kill("SIGINT"), 100);
  const { code } = await world.client.status;
  clearInterval(impatience);
  assertEquals(code, 0);
  assertLess(performance.now() - asked, 1_500);
  assertEquals((await answer).status, 502);
});

Deno.test("Shutdown: a TCP connection goes on while its server drains, and no new one is taken", async () => {
  await using app = new TcpEcho();
  await using server = await bootServer();
  await using client = await server.connect({ target: app.port, kind: "tcp" });
  const port = Number(new URL(client.tunnel.url.replace("tcp:", "http:")).port);
  using visitor = await RawConnection.to(port);
  await visitor.send("before");
  assertEquals(await visitor.takeBytes(6), "before");
  const stopped = server.server.stop();
  await server.log.first(({ name }) => name === "stopping");
  await visitor.send("during");
  assertEquals(await visitor.takeBytes(6), "during");
  await assertRejects(() => RawConnection.to(port), Deno.errors.ConnectionRefused);
  await visitor.closeWrite();
  assertEquals(await visitor.takeToEnd(), "");
  assertEquals(visitor.ended, "end");
  await stopped;
});
