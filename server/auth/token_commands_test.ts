import { assertEquals, assertStringIncludes } from "@std/assert";
import type { KeyOptions } from "../cli/command.ts";
import { explainToken, tokenFor } from "./token_commands.ts";

const keys: KeyOptions = {
  state: "unused",
  auth: { kind: "jwt", secret: "a secret of the server, long enough for HS256" },
};
const claims = { names: ["app"], ports: [], kinds: [] } as const;

async function inState(test: (state: string) => Promise<void>): Promise<void> {
  const state = await Deno.makeTempDir();
  try {
    await test(`${state}/made`);
  } finally {
    await Deno.remove(state, { recursive: true });
  }
}

Deno.test("tokenFor() makes a token that the server takes, and explainToken() says so", () =>
  inState(async (state) => {
    const here = { ...keys, state };
    const token = await tokenFor({ kind: "token", claims, ttlMs: 60_000, keys: here });
    const lines = await explainToken(token, here);
    assertEquals(lines[0], "good here");
    assertStringIncludes(lines.join("\n"), 'names: ["app"]');
  }));

Deno.test("tokenFor() uses the secret of the state directory, and makes one if there is none", () =>
  inState(async (state) => {
    const here: KeyOptions = { state, auth: { kind: "jwt" } };
    const token = await tokenFor({ kind: "token", claims, ttlMs: 60_000, keys: here });
    assertEquals((await explainToken(token, here))[0], "good here");
    assertEquals((await Deno.stat(`${state}/secret`)).mode! & 0o777, 0o600);
  }));

Deno.test("explainToken() says what is wrong with a token", () =>
  inState(async (state) => {
    const here = { ...keys, state };
    const old = await tokenFor({ kind: "token", claims, ttlMs: -90_000, keys: here });
    assertStringIncludes((await explainToken(old, here))[0]!, "token_expired");
    const lines = await explainToken("nonsense", here);
    assertStringIncludes(lines[0]!, "token_refused");
    assertEquals(lines[1], "it cannot be read as a token");
  }));
