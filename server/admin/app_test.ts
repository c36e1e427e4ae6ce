import { assertEquals } from "@std/assert";
import { silentLog } from "../log/log.ts";
import { AdminToken } from "./admin_token.ts";
import { type AdminApp, adminApp } from "./app.ts";
import { LeaseDesk } from "./lease_desk.ts";

const TOKEN = "operators-of-tun-internal";

const NOTHING = {
  list: function* () {},
  lookup: () => ({ state: "unknown" } as const),
  record: () => null,
  reserve: () => Promise.resolve({ state: "refused", code: "unavailable" } as const),
  free: () => Promise.resolve({ state: "refused", code: "unknown" } as const),
};

async function appOn(hostname: string, refused: string[] = []): Promise<AdminApp> {
  return adminApp({
    isReady: () => true,
    controls: () => [],
    leases: new LeaseDesk(NOTHING, NOTHING),
    hasNames: true,
    issuer: () => "tun",
    revocations: {
      add: (id) => Promise.resolve({ id, source: "api" }),
      remove: () => Promise.resolve(false),
      list: () => [],
      sourceOf: () => undefined,
    },
    hasTokens: true,
    metrics: () => "",
    reload: undefined,
    hostname,
    token: await AdminToken.open(TOKEN, "/nowhere"),
    onRefused: (reason) => refused.push(reason),
    onFault: (error) => {
      throw error;
    },
    log: silentLog,
  });
}

const app = await appOn("localhost");

async function statusOf(path: string, headers: Record<string, string>): Promise<number> {
  const response = await app.fetch(new Request(`http://127.0.0.1:7001${path}`, { headers }));
  await response.body?.cancel();
  return response.status;
}

Deno.test("adminApp() answers under its address, localhost and the name it listens on", async () => {
  for (
    const host of ["127.0.0.1:7001", "[::1]:7001", "localhost:7001", "LOCALHOST", "10.0.0.7"]
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

Deno.test("adminApp() changes nothing without the operators' token, and tells nothing on a network", async () => {
  const open = await appOn("127.0.0.1");
  const wide = await appOn("0.0.0.0");
  const rows: [app: typeof open, method: string, authorization: string | null, status: number][] = [
    [open, "GET", null, 200],
    [open, "GET", "Bearer wrong", 401],
    [open, "DELETE", null, 401],
    [open, "DELETE", `Bearer ${TOKEN.slice(1)}`, 401],
    [open, "DELETE", `Basic ${TOKEN}`, 401],
    [open, "DELETE", `Bearer ${TOKEN}`, 404],
    [wide, "GET", null, 401],
    [wide, "GET", `bearer ${TOKEN}`, 200],
  ];
  for (const [app, method, authorization, status] of rows) {
    const path = method === "GET" ? "/tunnels" : "/tunnels/shop";
    const headers = {
      host: "127.0.0.1:7001",
      ...(authorization === null ? {} : { authorization }),
    };
    const response = await app.fetch(new Request(`http://127.0.0.1${path}`, { method, headers }));
    await response.body?.cancel();
    assertEquals(response.status, status, `${method} ${authorization}`);
  }
});

Deno.test("adminApp() describes all that it answers, and answers all that it describes", async () => {
  const headers = { host: "localhost" };
  const response = await app.fetch(new Request("http://localhost/openapi.json", { headers }));
  const { paths } = await response.json() as { paths: Record<string, Record<string, object>> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const answered = app.routes.filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  assertEquals(answered.toSorted(), described.toSorted());
});

Deno.test("adminApp() tells of everybody whom it turns away, and only of them", async () => {
  const refused: string[] = [];
  const watched = await appOn("127.0.0.1", refused);
  const host = "127.0.0.1:7001";
  for (
    const headers of [
      { host },
      { host, origin: "null" },
      { host, "sec-fetch-site": "cross-site" },
      { host, "sec-fetch-site": "none" },
      { host: "evil.example" },
      { host, authorization: "Bearer wrong" },
    ]
  ) {
    const response = await watched.fetch(new Request("http://localhost/tunnels", { headers }));
    await response.body?.cancel();
  }
  assertEquals(refused, ["origin_refused", "origin_refused", "host_refused", "token_refused"]);
});

Deno.test("adminApp() lets no cache keep its answers, and no browser guess at them", async () => {
  for (const path of ["/tunnels", "/nothing", "/leases/a"]) {
    const headers = { host: "localhost" };
    const response = await app.fetch(new Request(`http://localhost${path}`, { headers }));
    await response.body?.cancel();
    assertEquals(response.headers.get("cache-control"), "no-store", path);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff", path);
  }
});
