import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { ANN, BOB } from "../../tests/support/lease_fixture.ts";
import { checkChosenName, isStableName, RESERVED_NAMES, stableName } from "./names.ts";

const GOOD = ["a", "7", "app", "my-app-2", "a".repeat(63), "subscription", "xn-app"];
const BAD: Record<string, string[]> = {
  empty: [""],
  too_long: ["a".repeat(64), "a".repeat(100_000)],
  bad_character: ["App", "a.b", "a_b", "a b", "é", "a\n", "\u0000", "a/b", "ａpp", "*"],
  edge_hyphen: ["-", "-a", "a-", "--a"],
  punycode: ["xn--80ak6aa92e", "xn--a", "ab--c"],
  reserved: ["www", "api", "admin", "localhost", "connect", "mail", "ns1", "mx20", "wpad"],
  looks_random: ["0123456789ab", "aaaaaaaaaaaa"],
};

for (const name of GOOD) {
  Deno.test(`checkChosenName() accepts '${name}'`, () => {
    assertEquals(checkChosenName(name), { state: "ok" });
  });
}

for (const [fault, names] of Object.entries(BAD)) {
  Deno.test(`checkChosenName() refuses a name for being ${fault}`, () => {
    for (const name of names) {
      const check = checkChosenName(name);
      assert(check.state === "refused", JSON.stringify(name));
      assertEquals(check.fault, fault, JSON.stringify(name));
    }
  });
}

Deno.test("checkChosenName() takes other reserved words", () => {
  assertEquals(checkChosenName("api", new Map()).state, "ok");
  assertEquals(checkChosenName("app", new Map([["app", "it is ours"]])).state, "refused");
});

Deno.test("RESERVED_NAMES has only names that could be chosen otherwise", () => {
  for (const name of RESERVED_NAMES.keys()) {
    assertEquals(checkChosenName(name, new Map()), { state: "ok" }, name);
  }
});

Deno.test("stableName() is the same for ever", async () => {
  assertEquals(await stableName(ANN, "http 127.0.0.1:3000"), "me5n953fgyme");
});

Deno.test("stableName() depends on the owner and on the key", async () => {
  const names = await Promise.all([
    stableName(ANN, "http 3000"),
    stableName(BOB, "http 3000"),
    stableName(ANN, "http 3001"),
    stableName(ANN, ""),
  ]);
  assertEquals(new Set(names).size, 4);
  for (const name of names) {
    assertMatch(name, /^[0-9a-z]{12}$/);
    assert(isStableName(name));
    assertNotEquals(checkChosenName(name).state, "ok");
  }
});
