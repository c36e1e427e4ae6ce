import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { HttpOpen, TunnelStream } from "@tun/protocol";
import { type App, readAll, responseHead, World } from "../../tests/support/ingress_world.ts";

const GET = "GET /a?b=1 HTTP/1.1\r\nHost: app.example\r\n\r\n";

const hello: App = (stream) => {
  stream.respond(responseHead(200, "Content-Length: 5"), new TextEncoder().encode("hello"), true);
};

function ends(text: string): (received: string) => boolean {
  return (received) => received.endsWith(text);
}

Deno.test("VisitorConnection answers requests one after the other on one connection", async () => {
  await using world = await World.with(hello);
  for (let i = 0; i < 3; i++) {
    await world.send(GET);
    assertEquals(
      await world.receive(ends("hello")),
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    );
  }
});

Deno.test("VisitorConnection takes requests that come before it is their turn", async () => {
  await using world = await World.with(hello);
  await world.send(GET + GET + GET);
  const received = await world.receive((text) => text.split("hello").length === 4);
  assertEquals(received.split("HTTP/1.1 200 OK").length, 4);
});

Deno.test("VisitorConnection passes method, target, host and fields on as they came", async () => {
  let open: HttpOpen | undefined;
  await using world = await World.with((stream) => {
    open = stream.head as HttpOpen;
    hello(stream);
  });
  await world.send("PuRgE //x/../y?%zz HTTP/1.1\r\nhOsT: App.Example\r\nX-a: 1\r\nx-A: 2\r\n\r\n");
  await world.receive(ends("hello"));
  assertEquals(open?.method, "PuRgE");
  assertEquals(open?.target, "//x/../y?%zz");
  assertEquals(open?.authority, "App.Example");
  const fields = new TextDecoder().decode(open?.headers);
  assert(fields.startsWith("hOsT: App.Example\r\nX-a: 1\r\nx-A: 2\r\n"), fields);
});

Deno.test("VisitorConnection streams a body while the response is on its way", async () => {
  await using world = await World.with(async (stream) => {
    await stream.respond(responseHead(200));
    for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
      await stream.write(piece);
    }
    await stream.end();
  });
  await world.send("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n");
  await world.receive(ends("\r\n\r\n"));
  await world.send("3\r\nabc\r\n");
  assertEquals(await world.receive(ends("abc\r\n")), "3\r\nabc\r\n");
  await world.send("2\r\nde\r\n0\r\n\r\n");
  assertEquals(await world.receive(), "2\r\nde\r\n0\r\n\r\n");
});

Deno.test("VisitorConnection sends informational responses on, but not to HTTP/1.0", async () => {
  const app: App = (stream) => {
    stream.respond(responseHead(103, "Link: </a>"));
    hello(stream);
  };
  await using newer = await World.with(app);
  await newer.send(GET);
  assert((await newer.receive(ends("hello"))).startsWith("HTTP/1.1 103 OK\r\nLink: </a>\r\n\r\n"));
  await using older = await World.with(app);
  await older.send("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
  const received = await older.receive();
  assert(received.startsWith("HTTP/1.1 200 OK\r\n"), received);
  assertStringIncludes(received, "Connection: close\r\n");
});

Deno.test("VisitorConnection ends an HTTP/1.0 response without a length with the connection", async () => {
  await using world = await World.with((stream) => {
    stream.respond(responseHead(200), new TextEncoder().encode("all"), true);
  });
  await world.send("GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n");
  assertEquals(
    await world.receive(),
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall",
  );
});

Deno.test("VisitorConnection breaks off a response that is shorter than it said", async () => {
  await using world = await World.with(async (stream) => {
    await stream.respond(responseHead(200, "Content-Length: 9"));
    await stream.write(new TextEncoder().encode("short"));
    await stream.end();
  });
  await world.send(GET);
  assert((await world.receive()).endsWith("short"));
  await world.clock.runUntil(world.served);
  assertEquals(world.ends[0]?.kind, "broken");
});

for (const body of ["short", "much too long"]) {
  Deno.test(`VisitorConnection sends nothing of a response that is all there and ${body}`, async () => {
    await using world = await World.with((stream) => {
      stream.respond(responseHead(200, "Content-Length: 9"), new TextEncoder().encode(body), true);
    });
    await world.send(GET);
    const received = await world.receive((text) => text.includes("bad_response"));
    assert(!received.includes(body), received);
  });
}

Deno.test("VisitorConnection passes on a whole response without a length", async () => {
  await using world = await World.with((stream) => {
    stream.respond(responseHead(200), new TextEncoder().encode("all"), true);
  });
  await world.send(GET);
  assertEquals(
    await world.receive(ends("0\r\n\r\n")),
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n0\r\n\r\n",
  );
});

Deno.test("VisitorConnection gives its place back when a visitor leaves that took half a response", async () => {
  const length = 4096;
  await using world = await World.with((stream) => {
    stream.respond(responseHead(200, `Content-Length: ${length}`), new Uint8Array(length), true);
  }, { concurrency: 1, inFlightBytes: length });
  await world.send(GET);
  assertEquals([world.ends.length, world.route.places.isFull], [0, true]);
  world.visitor.close();
  await world.clock.runUntil(world.served);
  assertEquals([world.ends[0]?.kind, world.route.places.isFull], ["gone", false]);
});

Deno.test("VisitorConnection sends no byte of a response beyond its length", async () => {
  await using world = await World.with((stream) => {
    stream.respond(responseHead(200, "Content-Length: 2"), new TextEncoder().encode("okHTTP/1.1"));
  });
  await world.send(GET);
  const received = await world.receive();
  assert(!received.includes("okHTTP"), received);
});

Deno.test("VisitorConnection refuses a response that would split", async () => {
  await using world = await World.with((stream) => {
    stream.respond(responseHead(200, "X: a\r\n\r\nHTTP/1.1 200 OK"), undefined, true);
  });
  await world.send(GET);
  assertStringIncludes(await world.receive(), "tun-error: bad_response");
});

Deno.test("VisitorConnection tells the app within a second that a visitor has left", async () => {
  const { promise: left, resolve } = Promise.withResolvers<number>();
  let world: World | undefined = undefined;
  await using made = await World.with((stream) => {
    stream.onFailure = () => resolve(world!.clock.now());
  });
  world = made;
  await made.send(GET);
  const before = made.clock.now();
  await made.visitor.closeWrite();
  const elapsed = await made.clock.runUntil(left) - before;
  assert(elapsed <= 1000, `${elapsed} ms`);
});

Deno.test("VisitorConnection answers a visitor that has only ended its side", async () => {
  await using world = await World.with(async (stream) => {
    await stream.respond(responseHead(200));
    for (let i = 0; i < 8; i++) {
      await new Promise<void>((resolve) => world.clock.schedule(500, resolve));
      await stream.write(new TextEncoder().encode(`${i}`));
    }
    await stream.end();
  });
  await world.send(GET);
  await world.visitor.closeWrite();
  assertStringIncludes(await world.receive(), "1\r\n7\r\n0\r\n\r\n");
});

Deno.test("VisitorConnection gives up on an app that never answers", async () => {
  const { promise: failed, resolve } = Promise.withResolvers<string>();
  await using world = await World.with((stream) => {
    stream.onFailure = (failure) => resolve(failure.code);
  }, { requestTimeoutMs: 1000 });
  await world.send(GET);
  assertStringIncludes(await world.receive(ends("request an-id)\n")), "tun-error: app_timeout");
  assertEquals(await world.clock.runUntil(failed), "app_timeout");
  assert(world.clock.now() >= 6000 && world.clock.now() < 6600, `${world.clock.now()}`);
});

Deno.test("VisitorConnection cuts a visitor that trickles its head", async () => {
  await using world = await World.with(hello);
  const start = world.clock.now();
  const ended = world.served.then(() => world.clock.now());
  for (const character of "GET / HTTP/1.1\r\nHost: a.example") {
    await world.send(character).catch(() => {});
    await world.clock.advance(1000);
  }
  assert(await ended - start < 11_000);
});

Deno.test("VisitorConnection cuts a visitor that stalls its upload, and tells it why", async () => {
  await using world = await World.with(async (stream) => {
    await readAll(stream).catch(() => {});
  }, { idleTimeoutMs: 2000 });
  await world.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\nabc");
  assertStringIncludes(await world.receive(), "HTTP/1.1 408 ");
});

Deno.test("VisitorConnection refuses a body that is larger than allowed", async () => {
  await using world = await World.with(async (stream) => {
    await readAll(stream).catch(() => {});
  }, { maxBody: 10 });
  await world.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 11\r\n\r\nabcdefghijk");
  assertStringIncludes(await world.receive(), "HTTP/1.1 413 ");
});

Deno.test("VisitorConnection answers early responses and closes behind them", async () => {
  await using world = await World.with((stream) => {
    stream.respond(responseHead(403, "Content-Length: 0"), undefined, true);
  });
  await world.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000000\r\n\r\nabc");
  const received = await world.receive();
  assert(received.startsWith("HTTP/1.1 403 "), received);
  assertStringIncludes(received, "Connection: close");
});

Deno.test("VisitorConnection passes an upgraded connection's bytes, and each side's end", async () => {
  await using world = await World.with(async (stream: TunnelStream) => {
    await stream.respond(responseHead(101, "Upgrade: echo"));
    await stream.write(new TextEncoder().encode(`<${await readAll(stream)}>`));
    await stream.end();
  });
  await world.send(
    "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly",
  );
  const head = await world.receive(ends("\r\n\r\n"));
  assertStringIncludes(head, "HTTP/1.1 101 ");
  assertStringIncludes(head, "Connection: Upgrade\r\n");
  await world.send(" and late");
  await world.visitor.closeWrite();
  assertEquals(await world.receive(), "<early and late>");
});

Deno.test("VisitorConnection lets a request wait for a paused link, and go on when it is back", async () => {
  await using world = await World.with(hello);
  world.pair.client.session.detach();
  world.pair.server.detach();
  await world.send(GET);
  await world.clock.advance(5000);
  const { memoryPair } = await import("@tun/protocol");
  const { a, b } = memoryPair({ clock: world.clock });
  await world.clock.runUntil(world.pair.resume({ client: a, server: b }));
  world.route.wakeWaiting();
  assertStringIncludes(await world.receive(ends("hello")), "HTTP/1.1 200 OK");
});

Deno.test("VisitorConnection says 503 when a paused link does not come back", async () => {
  await using world = await World.with(hello);
  world.pair.server.detach();
  await world.send(GET);
  const received = await world.receive((text) => text.includes("\r\n\r\n"));
  assertStringIncludes(received, "tun-error: tunnel_paused");
  assertStringIncludes(received, "Retry-After: ");
});

Deno.test("VisitorConnection answers hostile requests and hangs up", async (t) => {
  const requests: [name: string, request: string, status: number][] = [
    ["two hosts", "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n", 400],
    [
      "length and chunks",
      "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      400,
    ],
    ["CONNECT", "CONNECT a.example:1 HTTP/1.1\r\nHost: a.example:1\r\n\r\n", 405],
    ["other coding", "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: gzip\r\n\r\n", 501],
    ["HTTP/2", "GET / HTTP/2.0\r\nHost: a.example\r\n\r\n", 505],
  ];
  for (const [name, request, status] of requests) {
    await t.step(name, async () => {
      await using world = await World.with(hello);
      await world.send(request);
      const received = await world.receive();
      assert(received.startsWith(`HTTP/1.1 ${status} `), received);
      assertEquals(world.ends.length, 0);
    });
  }
});

Deno.test("VisitorConnection answers a request whose places are all taken when one is free", async () => {
  const streams: TunnelStream[] = [];
  await using world = await World.with((stream) => void streams.push(stream), { concurrency: 1 });
  world.route.places.tryTake();
  await world.send(GET);
  await world.clock.advance(1000);
  assertEquals(streams.length, 0);
  world.route.places.give();
  await world.clock.advance(0);
  assertEquals(streams.length, 1);
  hello(streams[0]!);
  assertStringIncludes(await world.receive(ends("hello")), "200 OK");
});

Deno.test("VisitorConnection answers for an app that changes the protocol unasked", async () => {
  await using world = await World.with((stream) => {
    stream.respond(responseHead(101, "Upgrade: echo"));
  });
  await world.send(GET);
  assertStringIncludes(await world.receive(), "tun-error: bad_response");
});

Deno.test("VisitorConnection answers for an app whose first bytes are too many", async () => {
  await using world = await World.with((stream) => {
    stream.respond(responseHead(200, "Content-Length: 2"), new TextEncoder().encode("more"));
  });
  await world.send(GET);
  assertStringIncludes(await world.receive(), "tun-error: bad_response");
});

Deno.test("VisitorConnection tells the app that a visitor has left whose upgrade it refused", async () => {
  const { promise: left, resolve } = Promise.withResolvers<number>();
  await using world = await World.with((stream) => {
    stream.respond(responseHead(200));
    stream.onFailure = () => resolve(world.clock.now());
  });
  await world.send(
    "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
  );
  await world.receive(ends("\r\n\r\n"));
  const before = world.clock.now();
  await world.visitor.closeWrite();
  assert(await world.clock.runUntil(left) - before <= 1000);
});

Deno.test("VisitorConnection tells the app that a visitor has left who waits for its upgrade", async () => {
  const { promise: left, resolve } = Promise.withResolvers<number>();
  await using world = await World.with((stream) => {
    stream.onFailure = () => resolve(world.clock.now());
  });
  await world.send(
    "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
  );
  const before = world.clock.now();
  await world.visitor.closeWrite();
  assert(await world.clock.runUntil(left) - before <= 1000);
});

Deno.test("VisitorConnection lets an upgraded visitor that has ended its side go on reading", async () => {
  await using world = await World.with(async (stream) => {
    await stream.respond(responseHead(101, "Upgrade: echo"));
    await readAll(stream);
    await new Promise<void>((resolve) => world.clock.schedule(60_000, resolve));
    await stream.write(new TextEncoder().encode("late"));
    await stream.end();
  });
  await world.send(
    "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
  );
  await world.receive(ends("\r\n\r\n"));
  await world.visitor.closeWrite();
  assertEquals(await world.receive(), "late");
});

Deno.test("VisitorConnection cuts an upgraded visitor that takes nothing any more", async () => {
  const { promise: failed, resolve } = Promise.withResolvers<number>();
  await using world = await World.with(async (stream) => {
    stream.onFailure = () => resolve(world.clock.now());
    await stream.respond(responseHead(101, "Upgrade: echo"));
    const piece = new Uint8Array(64 * 1024);
    while (stream.failure === undefined) await stream.write(piece).catch(() => {});
  }, { idleTimeoutMs: 2000 });
  await world.send(
    "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
  );
  assert(await world.clock.runUntil(failed, 60_000) < 10_000);
});

Deno.test("VisitorConnection does not keep a place for a visitor that has left the queue", async () => {
  const streams: TunnelStream[] = [];
  await using world = await World.with((stream) => void streams.push(stream), { concurrency: 1 });
  world.route.places.tryTake();
  await world.send(GET);
  await world.visitor.closeWrite();
  await world.clock.advance(1100);
  assertEquals(world.ends.map(({ kind }) => kind), ["gone"]);
  world.route.places.give();
  assertEquals(world.route.places.tryTake(), true);
  assertEquals(streams.length, 0);
});

Deno.test("VisitorConnection closes behind a response that ends while the server stops", async () => {
  const streams: TunnelStream[] = [];
  await using world = await World.with((stream) => {
    stream.respond(responseHead(200));
    streams.push(stream);
  });
  await world.send(GET);
  await world.receive(ends("\r\n\r\n"));
  world.isStopping = true;
  world.connection.stop();
  const before = world.clock.now();
  await streams[0]!.end();
  assertEquals(await world.receive(), "0\r\n\r\n");
  await world.clock.runUntil(world.served);
  assert(world.clock.now() - before < 3000);
});

Deno.test("VisitorConnection hears out who has begun to ask, or just come, when the server stops", async () => {
  for (const sent of ["", "GET / HT", GET.slice(0, -2)]) {
    await using world = await World.with(hello);
    if (sent !== "") await world.send(sent);
    world.isStopping = true;
    world.connection.stop();
    await world.clock.advance(200);
    await world.send(
      sent === "GET / HT" ? "TP/1.1\r\nHost: a.example\r\n\r\n" : GET.slice(sent.length),
    );
    const received = await world.receive();
    assertStringIncludes(received, "200 OK");
    assertStringIncludes(received, "Connection: close");
  }
});

Deno.test("VisitorConnection waits a moment, but no more, for who says nothing when the server stops", async () => {
  await using fresh = await World.with(hello);
  fresh.isStopping = true;
  fresh.connection.stop();
  await fresh.clock.runUntil(fresh.served);
  assert(fresh.clock.now() < 2000);
  await using used = await World.with(hello);
  await used.send(GET);
  await used.receive(ends("hello"));
  const before = used.clock.now();
  used.isStopping = true;
  used.connection.stop();
  await used.clock.runUntil(used.served);
  assert(used.clock.now() - before < 2000);
});

Deno.test("VisitorConnection waits no longer for who says nothing when the link of its last request is paused", async () => {
  await using world = await World.with(hello);
  await world.send(GET);
  await world.receive(ends("hello"));
  world.pair.server.detach();
  const before = world.clock.now();
  world.isStopping = true;
  world.connection.stop();
  await world.clock.runUntil(world.served);
  assert(world.clock.now() - before < 2000, `${world.clock.now() - before} ms`);
});

Deno.test("VisitorConnection reads no longer behind an early answer when the link of its request is paused", async () => {
  await using world = await World.with(hello);
  await world.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\nabc");
  await world.receive(ends("hello"));
  world.pair.server.detach();
  const before = world.clock.now();
  await world.clock.runUntil(world.served);
  assert(world.clock.now() - before < 3000, `${world.clock.now() - before} ms`);
});

Deno.test("VisitorConnection takes what comes behind a last request, so that its response arrives", async () => {
  await using world = await World.with(hello);
  await world.send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") + "and more");
  assert((await world.receive(ends("hello"))).includes("Connection: close"));
  // It still listens: whoever closes with unread bytes in hand takes the response back.
  await world.send("and more");
  await world.visitor.closeWrite();
  await world.clock.runUntil(world.served);
});
