import { assert, assertEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { demoApp } from "./app.ts";

/** The app, served on a free port. */
async function withApp(test: (origin: string) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    demoApp(stopping.signal),
  );
  try {
    await test(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    stopping.abort();
  }
}

function jsonRequest(method: string, json: unknown): RequestInit {
  return { method, body: JSON.stringify(json), headers: { "content-type": "application/json" } };
}

Deno.test("demo app serves its page", () =>
  withApp(async (origin) => {
    for (const path of ["/", "/page.css", "/page.js"]) {
      const response = await fetch(origin + path);
      assertEquals(response.status, 200);
      assert((await response.text()).length > 100);
    }
    const missing = await fetch(`${origin}/no/such/page`);
    assertEquals([missing.status, await missing.json()], [404, { error: "There is nothing here" }]);
  }));

Deno.test("demo app creates, reads, changes and removes todos", () =>
  withApp(async (origin) => {
    const before = await (await fetch(`${origin}/todos`)).json();
    assert(before.length >= 3, "some are there from the start");

    const created = await fetch(`${origin}/todos`, jsonRequest("POST", { title: " buy milk " }));
    const todo = await created.json();
    assertEquals(created.status, 201);
    assertEquals(todo, { id: before.length + 1, title: "buy milk", done: false });
    const url = origin + created.headers.get("location");
    assertEquals(await (await fetch(url)).json(), todo);

    const patched = await fetch(url, jsonRequest("PATCH", { done: true }));
    assertEquals(await patched.json(), { ...todo, done: true });
    const put = await fetch(url, jsonRequest("PUT", { title: "buy oats", done: false }));
    assertEquals(await put.json(), { ...todo, title: "buy oats" });

    assertEquals((await fetch(url, { method: "DELETE" })).status, 204);
    const gone = await fetch(url);
    assertEquals([gone.status, await gone.json()], [404, { error: "There is no such todo" }]);
  }));

Deno.test("demo app refuses todos and methods that make no sense", () =>
  withApp(async (origin) => {
    const requests: [path: string, init: RequestInit, status: number][] = [
      ["/todos", { method: "POST", body: "{" }, 400],
      ["/todos", jsonRequest("POST", { title: "  " }), 400],
      ["/todos", jsonRequest("POST", { title: "x".repeat(201) }), 400],
      ["/todos", { method: "DELETE" }, 405],
      ["/todos/1", jsonRequest("PATCH", { done: "yes" }), 400],
      ["/todos/1", jsonRequest("PUT", { title: "half" }), 400],
      ["/todos/1", { method: "POST" }, 405],
      ["/todos/one", { method: "DELETE" }, 404],
      ["/echo", {}, 426],
    ];
    for (const [path, init, status] of requests) {
      const response = await fetch(origin + path, init);
      await response.body?.cancel();
      assertEquals(response.status, status, `${init.method} ${path} ${init.body}`);
    }
  }));

Deno.test("demo app sends changes to its feed as they happen", () =>
  withApp(async (origin) => {
    const response = await fetch(`${origin}/events`);
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    const lines = response.body!.pipeThrough(new TextDecoderStream());
    let text = "";
    const iterator = lines[Symbol.asyncIterator]();
    const readUntil = async (end: string) => {
      while (!text.includes(end)) text += (await iterator.next()).value;
    };
    await readUntil("event: time");
    await (await fetch(`${origin}/todos/1`, { method: "DELETE" })).body?.cancel();
    await readUntil('event: todo\ndata: {"kind":"removed","todo":{"id":1,');
    await iterator.return?.();
  }));

Deno.test("demo app echoes text and bytes over a WebSocket", () =>
  withApp(async (origin) => {
    const socket = new WebSocket(`${origin.replace("http", "ws")}/echo`);
    socket.binaryType = "arraybuffer";
    const opened = Promise.withResolvers<void>();
    socket.onopen = () => opened.resolve();
    await opened.promise;
    for (const message of ["hello", new Uint8Array([0, 255]).buffer]) {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      socket.onmessage = ({ data }) => resolve(data);
      socket.send(message);
      assertEquals(await promise, message);
    }
    const closed = Promise.withResolvers<void>();
    socket.onclose = () => closed.resolve();
    socket.close();
    await closed.promise;
  }));

Deno.test("demo app keeps a file, and refuses one that is too large", () =>
  withApp(async (origin) => {
    const file = crypto.getRandomValues(new Uint8Array(65_536));
    const url = `${origin}/files/a%20b.bin`;
    const put = await fetch(url, { method: "PUT", body: file });
    const digest = encodeHex(await crypto.subtle.digest("SHA-256", file));
    assertEquals([put.status, await put.json()], [201, { bytes: 65_536, sha256: digest }]);
    assertEquals(new Uint8Array(await (await fetch(url)).arrayBuffer()), file);
    const large = await fetch(url, {
      method: "PUT",
      body: new Blob([new Uint8Array(2 ** 26 + 1)]),
    });
    assertEquals(large.status, 413);
    await large.body?.cancel();
  }));
