import { assertEquals } from "@std/assert";
import { adminApp } from "./app.ts";

const app = adminApp({ isReady: () => true, controls: () => [], hostname: "tun.internal" });

async function statusOf(path: string, headers: Record<string, string>): Promise<number> {
  const response = await app.fetch(new Request(`http://127.0.0.1:7001${path}`, { headers }));
  await response.body?.cancel();
  return response.status;
}

Deno.test("adminApp() answers under its address, localhost and the name it listens on", async () => {
  for (
    const host of ["127.0.0.1:7001", "[::1]:7001", "localhost:7001", "TUN.internal", "10.0.0.7"]
  ) {
    assertEquals(await statusOf("/tunnels", { host }), 200, host);
  }
});

Deno.test("adminApp() tells nothing to a page whose name was pointed at it", async () => {
  for (
    const host of ["evil.example:7001", "localhost.evil.example", "127.0.0.1.evil.example", "a b"]
  ) {
    assertEquals(await statusOf("/tunnels", { host }), 403, host);
    assertEquals(await statusOf("/nothing", { host }), 403, host);
  }
  assertEquals(await statusOf("/tunnels", {}), 403);
});

Deno.test("adminApp() answers no page", async () => {
  const headers = { host: "127.0.0.1:7001", origin: "http://127.0.0.1:7001" };
  assertEquals(await statusOf("/healthz", headers), 403);
});

Deno.test("adminApp() tells whoever asks that it is well: probes use names of their own", async () => {
  assertEquals(await statusOf("/healthz", { host: "tun-0.tun.svc:7001" }), 200);
  assertEquals(await statusOf("/readyz", { host: "tun-0.tun.svc:7001" }), 200);
});
