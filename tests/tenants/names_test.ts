import { assert, assertEquals } from "@std/assert";
import { ALICE, claim, House } from "./house.ts";

/** CLOSE `normal`: the session is over, and the lease goes on. */
const CLOSE = "050000020000";

/** Everything that Mallory may say of a name that is Alice's, and what she is told. */
async function tryAllClaims(house: House, name: string): Promise<void> {
  await using tester = await house.scripted();
  const session = await tester.session();
  const tries = [
    { mode: "claim", name },
    { mode: "claim", name, nonce: "n1" },
    { mode: "reclaim", name, generation: 0 },
    { mode: "reclaim", name, generation: 1 },
    { mode: "reclaim", name, generation: 2 },
    { mode: "reclaim", name, generation: 2 ** 32 },
    { mode: "reclaim", name, generation: Number.MAX_SAFE_INTEGER },
    { mode: "reclaim", name },
    { mode: "claim", name, key: name, owner: "alice", sub: "alice", leaseKey: "00".repeat(32) },
  ];
  for (const [index, one] of tries.entries()) {
    const { outcome, said } = await claim(session, { tunnel: index + 1, ...one });
    assertEquals(outcome, "name_taken", JSON.stringify(one));
    assert(!said.includes("alice"), `it does not say whose it is: ${said}`);
  }
}

Deno.test("A name cannot be taken from a tenant who is online, offline, paused or orphaned", async (t) => {
  await using house = await House.open();
  await t.step("online", async () => {
    await using alice = await house.alice();
    await tryAllClaims(house, ALICE);
    assertEquals((await alice.get("/")).body, "alice says /");
  });
  await t.step("offline, with a lease of ten minutes", async () => {
    await using tester = await house.scripted("alice", ALICE);
    const { link } = await tester.claimed();
    const closed = house.server.log.next(({ name }) => name === "session_closed");
    await link.write(CLOSE);
    await closed;
    await tryAllClaims(house, ALICE);
  });
  await t.step("paused: her connection is gone, and her session waits for her", async () => {
    await using tester = await house.scripted("alice", ALICE);
    const session = await tester.claimed();
    const paused = house.server.log.next(({ name }) => name === "session_paused");
    session.link.drop();
    await paused;
    await tryAllClaims(house, ALICE);
    await session.resume(await tester.connect());
    assertEquals(house.server.server.tunnels, 1);
  });
  await t.step("orphaned: she has come back with another session", async () => {
    await using before = await house.scripted("alice", ALICE);
    const { link } = await before.claimed();
    link.drop();
    await using after = await house.scripted("alice", ALICE);
    await after.claimed();
    await tryAllClaims(house, ALICE);
  });
});

Deno.test("A tenant cannot have a port of another", async () => {
  await using house = await House.open({ tcpPorts: { first: 20_000, last: 60_000 } });
  await using alice = await house.scripted("alice");
  const session = await alice.session();
  const { outcome } = await claim(session, { tunnel: 1, kind: "tcp" });
  const port = Number(/^claimed (\d+)$/.exec(outcome)?.[1]);
  assert(port >= 20_000, outcome);
  await using mallory = await house.scripted();
  const hers = await mallory.session();
  const take = (tunnel: number) =>
    claim(hers, { tunnel, kind: "tcp", port }).then(({ outcome }) => outcome);
  assertEquals(await take(1), "port_taken");
  const closed = house.server.log.next(({ name }) => name === "session_closed");
  await session.link.write(CLOSE);
  await closed;
  assertEquals(await take(2), "port_taken", "also while Alice is away");
});

Deno.test("No other spelling of a name can be claimed", async () => {
  await using house = await House.open();
  await using _alice = await house.alice();
  await using tester = await house.scripted();
  const session = await tester.session();
  const spellings = [
    ...["SHOP", "Shop", "shop.", ".shop", "shop.localhost", "shop:80", "shop ", " shop", "shop\0"],
    ...["shop\r\n", "shop/", "shop\\", "shop#", "shop?", "x@shop", "shop%2e", "%73hop", "shop_"],
    ...[
      "",
      "*",
      "**",
      "s*",
      "-shop",
      "shop-",
      "xn--shop-abc",
      "shоp",
      "ｓｈｏｐ",
      "ſhop",
      "shop。",
    ],
    ...["evil.shop", "shop.evil", "127.0.0.1", "[::1]", "localhost", "admin", "www", "connect"],
    ...["a".repeat(64), "tun", "ns1"],
  ];
  for (const [index, name] of spellings.entries()) {
    const { outcome } = await claim(session, { tunnel: index, name });
    assert(!outcome.startsWith("claimed"), `${JSON.stringify(name)}: ${outcome}`);
  }
  assertEquals(house.server.server.tunnels, 1);
});

Deno.test("A tenant's random names depend on who she is, not on what she asks for", async () => {
  await using house = await House.open();
  await using alice = await house.scripted("alice");
  await using mallory = await house.scripted();
  const [hers, others] = [await alice.session(), await mallory.session()];
  const key = "http://127.0.0.1:3000";
  const first = await claim(hers, { tunnel: 1, key });
  const second = await claim(others, { tunnel: 1, key });
  assert(first.outcome.startsWith("claimed "));
  assert(second.outcome.startsWith("claimed "));
  assert(first.outcome !== second.outcome);
  const name = first.outcome.slice("claimed ".length);
  const chosen = await claim(others, { tunnel: 2, name });
  assertEquals(chosen.outcome, "name_refused", "a chosen name has not the shape of a random one");
});
