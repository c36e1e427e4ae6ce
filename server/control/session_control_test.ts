import { assertEquals } from "@std/assert";
import { HandshakeRefused } from "@tun/protocol";
import { ControlHouse } from "../../tests/support/control_house.ts";
import { EVERYTHING } from "../auth/grant.ts";
import type { Identity } from "../auth/identity.ts";
import type { OwnerId } from "../registry/owner.ts";

/** Somebody whose right ends at `expiresAt`. */
function somebody(expiresAt = Infinity): Identity {
  return {
    owner: "ab".repeat(32) as OwnerId,
    label: "somebody",
    grant: EVERYTHING,
    expiresAt,
    proof: undefined,
  };
}

Deno.test("SessionControl survives a fresh token that it has no key to check", async () => {
  await using house = await ControlHouse.open();
  const { session, controls } = await house.enter();
  session.sendControl({ type: "auth", token: "anything" });
  await house.clock.advance(100);
  assertEquals(controls.all.map(({ type }) => type), ["auth_result"]);
  session.sendControl({ type: "claim", tunnel: 1, kind: "http", mode: "claim", name: "app" });
  await house.clock.advance(100);
  assertEquals(controls.all.at(-1)?.type, "claimed");
});

Deno.test("SessionControl survives a session that ends while its claim is being refused", async () => {
  await using house = await ControlHouse.open();
  const { session } = await house.enter();
  session.sendControl({ type: "claim", tunnel: 1, kind: "http", mode: "claim", name: "app" });
  await house.clock.advance(100);
  const other = await house.enter("ef".repeat(32));
  other.session.sendControl({
    type: "claim",
    tunnel: 1,
    kind: "http",
    mode: "claim",
    name: "app",
  });
  // The first claim is asked for in the moment in which it comes in, and the end is there before
  // the answer.
  const [, control] = [...house.clients.controls];
  control!.onControl({ type: "claim", tunnel: 2, kind: "http", mode: "claim", name: "app" });
  await Promise.resolve();
  control!.session.close();
  await house.clock.advance(100);
  assertEquals(other.session.end?.code, "normal");
});

Deno.test("SessionControl leaves no clock behind when a session ends while its token is checked", async () => {
  const { promise: checked, resolve } = Promise.withResolvers<Identity>();
  let isIn = false;
  await using house = await ControlHouse.open(() => {
    if (isIn) return checked;
    isIn = true;
    return Promise.resolve(somebody());
  });
  const { session } = await house.enter();
  session.sendControl({ type: "auth", token: "fresh" });
  await house.clock.advance(100);
  for (const { session } of house.clients.controls) session.close();
  await house.clock.advance(2000);
  const before = house.clock.pendingTimers;
  resolve(somebody(house.clock.now() + 61_000));
  await house.clock.advance(0);
  assertEquals(house.clock.pendingTimers, before);
  await house.clock.advance(120_000);
});

Deno.test("SessionControl refuses a token of somebody else and goes on", async () => {
  let isIn = false;
  await using house = await ControlHouse.open(() => {
    if (isIn) return Promise.reject(new HandshakeRefused("token_refused", "No"));
    isIn = true;
    return Promise.resolve(somebody());
  });
  const { session, controls } = await house.enter();
  session.sendControl({ type: "auth", token: "other" });
  await house.clock.advance(100);
  const code = "token_refused";
  assertEquals(controls.all, [{ type: "auth_result", ok: false, code, message: "No" }]);
});
