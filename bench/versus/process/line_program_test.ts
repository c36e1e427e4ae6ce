import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { LineProgram } from "./line_program.ts";

const APP = new URL("../app/app.ts", import.meta.url);

const LISTEN = { hostname: "127.0.0.1" };

async function get(address: Deno.NetAddr): Promise<string> {
  using connection = await Deno.connect({ hostname: address.hostname, port: address.port });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  const answer = new Uint8Array(1024);
  return new TextDecoder().decode(answer.subarray(0, await connection.read(answer) ?? 0));
}

Deno.test("LineProgram does what it is asked, in a process of its own", async () => {
  await using app = new LineProgram(APP);
  const address = await app.ask<Deno.NetAddr>("listen", LISTEN);
  assert((await get(address)).endsWith("\r\n\r\nhello, world\n"));
  assertNotEquals(app.pid, Deno.pid);
});

Deno.test("LineProgram says what went wrong, and goes on", async () => {
  await using app = new LineProgram(APP);
  await assertRejects(() => app.ask("listen", { hostname: "256.0.0.1" }), Error, "listen: ");
  await assertRejects(() => app.ask("nothing"), Error, "nothing: ");
  assertEquals((await app.ask<Deno.NetAddr>("listen", LISTEN)).hostname, "127.0.0.1");
});

Deno.test("LineProgram forgets what it was doing when it is started again", async () => {
  await using app = new LineProgram(APP);
  const before = await app.ask<Deno.NetAddr>("listen", LISTEN);
  await app.restart();
  await assertRejects(() => get(before), Deno.errors.ConnectionRefused);
  await get(await app.ask<Deno.NetAddr>("listen", LISTEN));
});
