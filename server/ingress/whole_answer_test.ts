import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type App, responseHead, World } from "../../tests/support/ingress_world.ts";

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
const UPGRADE = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";

const bytes = (text: string) => new TextEncoder().encode(text);

const hello: App = (stream) => {
  stream.respond(responseHead(200, "Content-Length: 5"), bytes("hello"), true);
};

/** Answers the first request with `first`, and says hello to all others. */
function helloAfter(first: App): App {
  let isFirst = true;
  return (stream) => {
    const app = isFirst ? first : hello;
    isFirst = false;
    return app(stream);
  };
}

function isHelloTimes(count: number): (text: string) => boolean {
  return (text) => text.split("hello").length > count;
}

/** Nothing is under way any more, and every place was given back once. */
async function assertAtRest(world: World, concurrency: number): Promise<void> {
  await world.clock.advance(0);
  let free = 0;
  while (world.route.places.tryTake()) free++;
  assertEquals([free, world.pair.server.stats.streams], [concurrency, 0]);
}

Deno.test("An answer that is early takes nothing of what comes behind the rest of its request", async () => {
  let requests = 0;
  await using world = await World.with((stream) => {
    requests++;
    return hello(stream);
  }, { concurrency: 2 });
  await world.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nabc");
  await world.send(`defghij${GET}`);
  const received = await world.receive();
  assertStringIncludes(received, "Connection: close");
  assertEquals([received.split("HTTP/1.1").length - 1, requests], [1, 1]);
  await world.visitor.closeWrite();
  await world.clock.runUntil(world.served);
  assertEquals(world.ends.length, 1);
  await assertAtRest(world, 2);
});

Deno.test("An answer that is early leaves the connection to the next request, if all of its own is there", async () => {
  await using world = await World.with(hello, { concurrency: 2 });
  // More than the client's window: the end of it waits here, and is not wanted any more.
  const body = "x".repeat(200_000);
  const post =
    `POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  await world.send(post + GET + GET);
  const received = await world.receive(isHelloTimes(3));
  assert(!received.includes("close"), received);
  await assertAtRest(world, 2);
  assertEquals(world.ends.map(({ kind }) => kind), ["answered", "answered", "answered"]);
});

const ROWS: [method: string, status: number, ...lines: string[]][] = [
  ["HEAD", 200],
  ["HEAD", 200, "Content-Length: 3"],
  ["GET", 204],
  ["GET", 304, "Content-Length: 3"],
];

for (const [method, status, ...lines] of ROWS) {
  Deno.test(`A tenant's body gets nowhere in a ${status} to ${method} ${lines}`, async () => {
    await using world = await World.with(
      helloAfter((stream) =>
        void stream.respond(responseHead(status, ...lines), bytes("BAD"), true)
      ),
      { concurrency: 2 },
    );
    await world.send(`${method} / HTTP/1.1\r\nHost: a.example\r\n\r\n${GET}`);
    const received = await world.receive(isHelloTimes(1));
    assertStringIncludes(received, "tun-error: bad_response");
    assert(!received.includes("BAD"), received);
    await assertAtRest(world, 2);
  });
}

Deno.test("An upgrade that is answered as a request leaves the connection to the next one", async () => {
  await using world = await World.with(hello, { concurrency: 2 });
  await world.send(UPGRADE + UPGRADE + GET);
  const received = await world.receive(isHelloTimes(3));
  assertEquals(received.split("HTTP/1.1 200 OK").length - 1, 3);
  await assertAtRest(world, 2);
});

Deno.test("An answer that is all there arrives, although its session ends before it is taken", async () => {
  const body = "A".repeat(4096);
  const app: App = (stream) => {
    stream.respond(responseHead(200, `Content-Length: ${body.length}`), bytes(body), true);
  };
  await using world = await World.with(app, { inFlightBytes: 1000 });
  await world.send(GET);
  world.pair.server.close();
  await world.receive((text) => text.endsWith(body));
  await world.clock.advance(0);
  assertEquals(world.ends.map(({ kind }) => kind), ["answered"]);
});

Deno.test("A visitor that is cut while its answer is written is told of once, and gives its place back", async () => {
  const body = new Uint8Array(4096);
  await using world = await World.with((stream) => {
    stream.respond(responseHead(200, `Content-Length: ${body.length}`), body, true);
  }, { concurrency: 2, inFlightBytes: 1000 });
  await world.send(GET + GET);
  world.connection.evict();
  world.connection.evict();
  await world.clock.runUntil(world.served);
  assertEquals(world.ends.map(({ kind }) => kind), ["gone"]);
  await assertAtRest(world, 2);
});
