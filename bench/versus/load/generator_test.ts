import { assert, assertEquals, assertRejects } from "@std/assert";
import { startApp } from "../app/app_process.ts";
import { download, upload } from "./bulk.ts";
import { echo } from "./echo.ts";
import { listen } from "./events.ts";
import { pacedGets } from "./paced_gets.ts";

async function startEntrance() {
  const app = await startApp();
  const { hostname, port } = app.address;
  return {
    entrance: { hostname, port, host: "app.test" },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

Deno.test("download and upload move exactly what they should", async () => {
  await using app = await startEntrance();
  const job = { entrance: app.entrance, connections: 3, bytes: 1_000_001, maxSeconds: 30 };
  assertEquals((await download(job)).bytes, 3_000_003);
  assertEquals((await upload(job)).bytes, 3_000_003);
});

Deno.test("download is cut when its time is over, and rated by what has come", async () => {
  await using app = await startEntrance();
  const endless = { entrance: app.entrance, connections: 2, bytes: 2 ** 50, maxSeconds: 0.2 };
  const { bytes, seconds } = await download(endless);
  assert(bytes > 0 && bytes < 2 ** 50 && seconds >= 0.2);
});

Deno.test("download refuses an answer that is none of ours", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no tunnel", { status: 404 }),
  );
  const { hostname, port } = server.addr;
  const job = { entrance: { hostname, port, host: "a" }, connections: 1, bytes: 9, maxSeconds: 30 };
  await assertRejects(() => download(job), Error, "404");
});

Deno.test("echo, listen and pacedGets count what came back", async () => {
  await using app = await startEntrance();
  const { entrance } = app;
  const echoed = await echo({ entrance, sockets: 3, seconds: 0.1 });
  assert(echoed.messages >= 3 && echoed.p50 <= echoed.p99);
  const heard = await listen({ entrance, listeners: 2, intervalMs: 5, seconds: 0.2 });
  assert(heard.events >= 2 && heard.p99 >= 0);
  const paced = await pacedGets({ entrance, perSecond: 100, seconds: 0.2 });
  assertEquals(paced.requests, 20);
});
