import { assertEquals, assertRejects } from "@std/assert";
import { LOOPBACK } from "../contender.ts";
import { direct } from "./direct.ts";
import { hostPort } from "./ground.ts";
import { plannedContender } from "./planned_contender.ts";

/** An app that is not ready for its first `failures` visitors. */
function startApp(failures = 0): Deno.HttpServer<Deno.NetAddr> & { readonly asked: () => number } {
  let asked = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("app", { status: ++asked > failures ? 200 : 404 }),
  );
  return Object.assign(server, { asked: () => asked });
}

Deno.test("A contender has started once the app has answered through it", async () => {
  await using app = startApp(3);
  await using running = await direct.start({ app: app.addr });
  assertEquals(running.address, app.addr);
  assertEquals(running.host, hostPort(app.addr));
  assertEquals(running.processes, []);
  assertEquals(app.asked(), 4);
});

Deno.test("A contender in another place is asked from there", async () => {
  await using app = startApp();
  const prefix = ["env", "-u", "NO_COLOR"];
  const leg = { ...LOOPBACK, server: { ...LOOPBACK.server, prefix } };
  await using _running = await direct.start({ app: app.addr, leg });
  assertEquals(app.asked(), 1);
});

Deno.test("A contender whose program ends does not start, and leaves nothing", async () => {
  await using app = startApp();
  let scratch = "";
  const broken = plannedContender({
    name: "broken",
    family: "raw",
    settings: "",
    availability: () => Promise.resolve({ version: "1" }),
    plan: (ground) => {
      scratch = ground.scratch;
      const address = { ...app.addr, port: ground.freePort() };
      return {
        servers: [{ command: ["sleep", "60"] }],
        clients: [{ command: ["sh", "-c", "echo no such server; exit 1"] }],
        address,
        host: hostPort(address),
      };
    },
  });
  await assertRejects(() => broken.start({ app: app.addr }), Error, "no such server");
  await assertRejects(() => Deno.stat(scratch), Deno.errors.NotFound);
});
