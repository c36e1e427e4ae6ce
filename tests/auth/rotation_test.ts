import { assert, assertEquals } from "@std/assert";
import { keepToken } from "../../client/cli/credentials.ts";
import { endpointIdentity, parseEndpoint } from "../../client/address/endpoint.ts";
import { EventLog } from "../support/event_log.ts";
import { goodClaims, KeyServer, TokenSigner } from "../support/token_signer.ts";
import { type BootedClient, type BootedServer, bootServer } from "../support/tunnel_boot.ts";
import { BareSession, helloOutcome } from "./hello.ts";

/** Visitors at once: enough that there is always a request under way. */
const VISITORS = 4;

/** An app with a short answer, and one that goes on until it is told to end. */
class App implements AsyncDisposable {
  readonly finish: () => void;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    const { promise: finished, resolve } = Promise.withResolvers<void>();
    this.finish = resolve;
    const story = () => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      writer.write(new TextEncoder().encode("once upon a time"));
      finished.then(() => writer.write(new TextEncoder().encode(", the end")))
        .then(() => writer.close());
      return new Response(readable);
    };
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      ({ url }) => url.endsWith("/story") ? story() : new Response("hello"),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.finish();
    await this.#server.shutdown();
  }
}

/** Visitors who come one after the other, until they are stopped. */
class Visitors implements AsyncDisposable {
  readonly #served = new EventLog<number>();
  readonly failed: string[] = [];
  #isOver = false;
  readonly #all: Promise<unknown>;

  constructor(client: BootedClient) {
    this.#all = Promise.all(Array.from({ length: VISITORS }, () => this.#come(client)));
  }

  async #come(client: BootedClient): Promise<void> {
    while (!this.#isOver) {
      const { status, body } = await client.get("/");
      if (status === 200 && body === "hello") this.#served.add(this.served + 1);
      else this.failed.push(`${status} ${body.slice(0, 100)}`);
    }
  }

  /** Waits until `count` more have been served. */
  async more(count = 50): Promise<void> {
    const until = this.served + count;
    await this.#served.first((served) => served >= until);
  }

  /** How many have been served. */
  get served(): number {
    return this.#served.all.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#all;
  }
}

/** Keeps a token as `tun login` does. */
async function login(server: BootedServer, directory: string, token: string): Promise<void> {
  await keepToken(directory, endpointIdentity(parseEndpoint(server.endpoint())), token);
}

Deno.test("Keys rotate, a token is renewed and others are revoked, and no visitor notices", async () => {
  const [a, b] = [await TokenSigner.pair("ES256", "a"), await TokenSigner.pair("ES256", "b")];
  await using keys = new KeyServer(a);
  await using app = new App();
  await using server = await bootServer({
    auth: { kind: "jwt", jwks: [{ kind: "url", url: keys.url }] },
  });
  const directory = await Deno.makeTempDir();
  const exp = Math.floor(Date.now() / 1000) + 5;
  await login(server, directory, await a.sign(goodClaims({ names: ["shop"], jti: "first", exp })));
  await using client = await server.connect({
    target: app.port,
    name: "shop",
    configDirectory: directory,
  });
  // A session that ends with the first token, to know when that has happened.
  await using clock = await BareSession.start(server, await a.sign(goodClaims({ exp })));
  await using visitors = new Visitors(client);
  const story = client.get("/story");
  await client.event("warning");
  await visitors.more();

  // The issuer takes a new key into use, and somebody logs in again.
  keys.answer = () => KeyServer.keysOf(a, b);
  const fresh = await b.sign(goodClaims({ names: ["shop"], jti: "second" }));
  await login(server, directory, fresh);
  assertEquals((await clock.session.closed).code, "token_expired");
  await visitors.more();

  // The old key goes, and what was signed with it is denied besides.
  keys.answer = () => KeyServer.keysOf(b);
  await server.server.revocations.add("jti:first");
  for (let i = 0; i < 20; i++) {
    await using other = await BareSession.start(
      server,
      await b.sign(goodClaims({ sub: `other-${i}`, jti: `${i}` })),
    );
    await server.server.revocations.add(`jti:${i}`);
    assertEquals((await other.session.closed).code, "token_revoked");
  }
  await visitors.more();
  app.finish();
  assertEquals((await story).body, "once upon a time, the end");
  await visitors[Symbol.asyncDispose]();
  assertEquals(visitors.failed, []);
  assert(visitors.served >= 150);
  const starts = server.log.all.filter(({ name, fields }) =>
    name === "session_started" && fields.owner === "ada"
  );
  assertEquals(starts.length, 2, "the client has had one session, and the clock one");

  // And what holds for others holds for this one.
  await server.server.revocations.add("jti:second");
  assertEquals((await client.event("error")).event, "error");
  assertEquals(await helloOutcome(server, fresh), "token_revoked");
  await Deno.remove(directory, { recursive: true });
});
