import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { again, ANN, BOB, by, TestClock, TestStore } from "../../tests/support/lease_fixture.ts";
import type { Granted } from "./claim.ts";
import type { ClientRefusal, Outcome } from "./client_refusal.ts";
import { PortRegistry, type PortRegistryOptions } from "./port_registry.ts";

const MINUTE = 60_000;
const ANY = { kind: "any" } as const;
const exactly = (port: number) => ({ kind: "port", port }) as const;

async function setUp(options: Partial<PortRegistryOptions> = {}) {
  const clock = new TestClock();
  const store = new TestStore();
  const bound = new Set<number>();
  /** Ports that belong to other programs. */
  const occupied = new Set<number>();
  const bind = (port: number) => {
    assert(!bound.has(port), `port ${port} bound twice`);
    if (occupied.has(port)) return Promise.resolve(null);
    bound.add(port);
    return Promise.resolve({ [Symbol.dispose]: () => void bound.delete(port) });
  };
  const range = { first: 20_000, last: 20_009 };
  const open = () =>
    PortRegistry.open<string>({ store, clock, wallTime: clock.wallTime, bind, range, ...options });
  return { clock, store, bound, occupied, open, ports: await open() };
}

function granted(outcome: Outcome<string>): Granted<string> & { port: number } {
  assert(outcome.state === "granted", JSON.stringify(outcome));
  return { ...outcome, port: Number(outcome.lease.name) };
}

function refusal(outcome: Outcome<string>): ClientRefusal {
  assert(outcome.state === "refused", "granted");
  return outcome.refusal;
}

Deno.test("PortRegistry gives the same tunnel the same port again, without any record", async () => {
  const one = await setUp();
  await using ports = one.ports;
  const other = await setUp();
  await using others = other.ports;
  const claim = { ...by(ANN, "a"), wish: ANY, key: "tcp 22" };
  const { port } = granted(await ports.claim(claim));
  assertEquals(granted(await others.claim(claim)).port, port);
  assertEquals([...one.bound], [port]);
  assertEquals(ports.lookup(port), { state: "online", route: "a" });
});

Deno.test("PortRegistry gives the next free port when the first is taken, and remembers it", async () => {
  const { ports, bound, clock } = await setUp();
  await using _ = ports;
  const claim = { ...by(ANN, "a"), wish: ANY, key: "tcp 22" };
  const first = granted(await ports.claim(claim));
  await first.lease.release();
  assertEquals(bound.size, 0);
  const squatter = granted(
    await ports.claim({ ...by(BOB, "b"), wish: exactly(first.port), key: "k" }),
  );
  const second = granted(await ports.claim(claim));
  assertEquals(second.port, 20_000 + (first.port - 20_000 + 1) % 10);
  await squatter.lease.release();
  second.lease.goOffline();
  clock.advance(20 * MINUTE);
  assertEquals(bound.size, 0);
  assertEquals(granted(await ports.claim(claim)).port, second.port);
});

Deno.test("PortRegistry takes over the port of the same tunnel without binding it again", async () => {
  const { ports, bound } = await setUp();
  await using _ = ports;
  const claim = { ...by(ANN, "old"), wish: ANY, key: "tcp 22" };
  const old = granted(await ports.claim(claim));
  const next = granted(await ports.claim({ ...claim, route: "new" }));
  assertEquals([next.port, next.displaced?.route], [old.port, "old"]);
  assertEquals(bound.size, 1);
  old.lease.goOffline();
  assertEquals(ports.lookup(old.port), { state: "online", route: "new" });
});

Deno.test("PortRegistry gives another tunnel of the same owner another port", async () => {
  const { ports } = await setUp();
  await using _ = ports;
  const seen = new Set<number>();
  for (let i = 0; i < 10; i++) {
    seen.add(granted(await ports.claim({ ...by(ANN, "a"), wish: ANY, key: `k${i}` })).port);
  }
  assertEquals(seen.size, 10);
  assertEquals(
    refusal(await ports.claim({ ...by(ANN, "a"), wish: ANY, key: "k10" })).code,
    "no_port_free",
  );
});

Deno.test("PortRegistry gives simultaneous claims different ports", async () => {
  const { ports, bound } = await setUp();
  await using _ = ports;
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, i) => ports.claim({ ...by(ANN, "a"), wish: ANY, key: `k${i}` })),
  );
  assertEquals(new Set(outcomes.map((outcome) => granted(outcome).port)).size, 10);
  assertEquals(bound.size, 10);
});

Deno.test("PortRegistry keeps a port bound while its lease lasts, and not longer", async () => {
  const { ports, bound, clock } = await setUp();
  await using _ = ports;
  const { lease, port } = granted(await ports.claim({ ...by(ANN, "a"), wish: ANY, key: "k" }));
  lease.goOffline();
  clock.advance(10 * MINUTE - 1);
  assertEquals([...bound], [port]);
  assertEquals(
    refusal(await ports.claim({ ...by(BOB, "b"), wish: exactly(port), key: "k" })),
    {
      code: "port_taken",
      detail: "offline",
      message: `Port ${port} is kept for somebody else for another 1 s`,
      retryAfterMs: 1,
    },
  );
  clock.advance(1);
  assertEquals(bound.size, 0);
});

Deno.test("PortRegistry refuses a port outside its range, or outside what the token allows", async () => {
  const { ports } = await setUp();
  await using _ = ports;
  for (const port of [19_999, 20_010, 0, -1, 70_000, 20_000.5, NaN]) {
    const { code, detail } = refusal(
      await ports.claim({ ...by(ANN, "a"), wish: exactly(port), key: "k" }),
    );
    assertEquals([code, detail], ["port_refused", "outside_range"]);
  }
  const allowed = [{ first: 20_003, last: 20_004 }];
  const claim = { ...by(ANN, "a"), allowed };
  assertEquals(
    refusal(await ports.claim({ ...claim, wish: exactly(20_005), key: "k" })).code,
    "port_refused",
  );
  const given = [];
  for (const key of ["a", "b"]) {
    given.push(granted(await ports.claim({ ...claim, wish: ANY, key })).port);
  }
  assertEquals(given.sort(), [20_003, 20_004]);
  assertEquals(
    refusal(await ports.claim({ ...claim, allowed: [], wish: ANY, key: "k" })).code,
    "no_port_free",
  );
});

Deno.test("PortRegistry skips what the system refuses, but says so of a port that was asked for", async () => {
  const { ports, occupied, bound } = await setUp();
  await using _ = ports;
  for (let port = 20_000; port < 20_009; port++) occupied.add(port);
  const { port } = granted(await ports.claim({ ...by(ANN, "a"), wish: ANY, key: "k" }));
  assertEquals(port, 20_009);
  const { code, detail } = refusal(
    await ports.claim({ ...by(BOB, "b"), wish: exactly(20_000), key: "k" }),
  );
  assertEquals([code, detail], ["port_refused", "system"]);
  assertEquals(ports.lookup(20_000).state, "unknown");
  assertEquals([...bound], [20_009]);
});

Deno.test("PortRegistry gives up when the system refuses one port after the other", async () => {
  let attempts = 0;
  const { ports } = await setUp({
    range: { first: 20_000, last: 60_000 },
    bind: () => {
      attempts++;
      return Promise.reject(new Error("no"));
    },
  });
  await using _ = ports;
  assertEquals(
    refusal(await ports.claim({ ...by(ANN, "a"), wish: ANY, key: "k" })).code,
    "no_port_free",
  );
  assertEquals(attempts, 150);
});

Deno.test("PortRegistry unbinds a port that could not be stored", async () => {
  const { ports, store, bound } = await setUp();
  await using _ = ports;
  store.failure = new Error("disk full");
  assertEquals(
    refusal(await ports.claim({ ...by(ANN, "a"), wish: ANY, key: "k" })).code,
    "registry_unavailable",
  );
  assertEquals(bound.size, 0);
});

Deno.test("PortRegistry keeps a port for its owner over a restart, and binds it on return", async () => {
  const { ports, open, bound } = await setUp();
  const { lease, port } = granted(await ports.claim({ ...by(ANN, "a"), wish: ANY, key: "k" }));
  await ports[Symbol.asyncDispose]();
  assertEquals(bound.size, 0);
  await using restarted = await open();
  assertEquals(restarted.lookup(port).state, "offline");
  const claim = { wish: exactly(port), key: "k" };
  assertEquals(refusal(await restarted.claim({ ...by(BOB, "b"), ...claim })).code, "port_taken");
  assertEquals(
    refusal(await restarted.claim({ ...again(ANN, "a", lease.generation - 1), ...claim })).code,
    "displaced",
  );
  granted(await restarted.claim({ ...again(ANN, "a", lease.generation), ...claim }));
  assertEquals([...bound], [port]);
});

Deno.test("PortRegistry wants a reclaim to name its port", async () => {
  const { ports } = await setUp();
  await using _ = ports;
  const { code, detail } = refusal(
    await ports.claim({ ...again(ANN, "a", 7), wish: ANY, key: "k" }),
  );
  assertEquals([code, detail], ["port_refused", "no_port"]);
});

Deno.test("PortRegistry lets an owner move a port to another tunnel", async () => {
  const { ports } = await setUp();
  await using _ = ports;
  const ssh = granted(await ports.claim({ ...by(ANN, "ssh"), wish: ANY, key: "tcp 22" }));
  const db = granted(
    await ports.claim({ ...by(ANN, "db"), wish: exactly(ssh.port), key: "tcp 5432" }),
  );
  assertEquals(db.displaced?.route, "ssh");
  const moved = granted(await ports.claim({ ...by(ANN, "ssh"), wish: ANY, key: "tcp 22" }));
  assertNotEquals(moved.port, ssh.port);
});
