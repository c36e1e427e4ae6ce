/**
 * What is there for all is not used up by one.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Cidr } from "@tun/protocol/http1";
import { MOST_SESSIONS } from "../../server/control/owner_sessions.ts";
import { ALICE, claim, House } from "./house.ts";

Deno.test("Behind a proxy all come from one address, and nobody's names are used up by others", async () => {
  await using house = await House.open({ trustedProxies: [Cidr.parse("127.0.0.1")!] });
  const LEASES = 100;
  for (const sub of ["mallory", "mallory's friend", "another"]) {
    await using tester = await house.scripted(sub);
    const session = await tester.session();
    for (let tunnel = 0; tunnel < LEASES; tunnel++) {
      const { outcome } = await claim(session, { tunnel, key: `${tunnel}` });
      assert(outcome.startsWith("claimed"), `${sub}, ${tunnel}: ${outcome}`);
    }
  }
  await using alice = await house.alice();
  assertEquals(alice.host, house.host(ALICE));
});

Deno.test("A tenant who connects and leaves, over and over, takes up her own places only", async () => {
  await using house = await House.open();
  await using alice = await house.alice();
  await using tester = await house.scripted();
  const withTunnel = await tester.claimed();
  for (let i = 0; i < MOST_SESSIONS + 50; i++) {
    const { link } = await tester.session();
    link.drop();
  }
  assertEquals(house.server.server.sessions, MOST_SESSIONS + 1);
  assertEquals((await alice.get("/")).body, "alice says /");
  const ended = house.server.log.all.filter(({ name }) => name === "session_closed");
  assertEquals(ended.map(({ fields }) => fields.code), Array(51).fill("excess"));
  const { outcome } = await claim(withTunnel, { tunnel: 7, name: "more" });
  assertEquals(outcome, "claimed more", "her session with a tunnel has stayed");
});

Deno.test("A tenant cannot have token after token checked, which costs the server more than her", async () => {
  await using house = await House.open();
  await using tester = await house.scripted();
  const { mux } = await tester.session();
  const forged = `${await house.token("mallory")}x`;
  const TOKENS = 100;
  for (let i = 0; i < TOKENS; i++) await mux.sendControl({ type: "auth", token: forged });
  await mux.control("auth_result", TOKENS - 1);
  const codes = mux.controls.map((control) => control.type === "auth_result" && control.code);
  const checked = codes.filter((code) => code === "token_refused").length;
  assert(checked >= 16 && checked < 30, `${checked} were checked`);
  assertEquals(codes.filter((code) => code === "auth_unavailable").length, TOKENS - checked);
});
