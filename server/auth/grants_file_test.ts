import { assertEquals, assertThrows } from "@std/assert";
import { HandshakeRefused } from "@tun/protocol";
import { ruleApplies, ruleGrant } from "./grant_rule.ts";
import { GrantsError, readGrants } from "./grants_file.ts";

const RULE = {
  issuer: "https://ci.example",
  audience: "tun",
  jwks: "https://ci.example/jwks",
  when: { repository: "acme/*", ref: ["refs/heads/main", "refs/tags/*"] },
  grant: { names: ["{repository_owner}-{run}"], tunnels: 2 },
};

function read(...rules: readonly unknown[]) {
  return readGrants(JSON.stringify(rules), (url) => ({ kind: "url", url }));
}

const claims = {
  repository: "acme/shop",
  ref: "refs/heads/main",
  repository_owner: "Acme.Inc",
  run: 7,
};

Deno.test("A rule is for tokens whose claims are all as it says", () => {
  const [rule] = read(RULE);
  const applies = (more: Record<string, unknown>) => ruleApplies(rule!, { ...claims, ...more });
  assertEquals(applies({}), true);
  assertEquals(applies({ ref: "refs/tags/v1" }), true);
  assertEquals(applies({ ref: "refs/heads/mainx" }), false);
  assertEquals(applies({ repository: "acme" }), false);
  assertEquals(applies({ repository: "evil/acme/x" }), false);
  assertEquals(applies({ repository: undefined }), false);
  assertEquals(applies({ repository: ["evil/x", "acme/x"] }), true);
  assertEquals(applies({ repository: { toString: () => "acme/x" } }), false);
});

Deno.test("Text, numbers and truths are not mixed up", () => {
  const [rule] = read({ ...RULE, when: { id: 7, ok: true } });
  assertEquals(ruleApplies(rule!, { id: 7, ok: true }), true);
  assertEquals(ruleApplies(rule!, { id: "7", ok: true }), false);
  assertEquals(ruleApplies(rule!, { id: 7, ok: "true" }), false);
});

Deno.test("Names are made of claims, as labels", () => {
  const [rule] = read(RULE);
  const names = (more: Record<string, unknown>) => ruleGrant(rule!, { ...claims, ...more }).names;
  assertEquals(names({}), ["acme-inc-7"]);
  assertEquals(names({ run: "*x" }), ["acme-inc-x"], "a star in a claim is no pattern");
  for (const run of ["*", "", "---", null, ["7"], 1.5, undefined, "x".repeat(60)]) {
    assertThrows(() => names({ run }), HandshakeRefused, "run", String(run));
  }
});

const MISTAKES: readonly (readonly [what: string, rule: unknown, message: string])[] = [
  ["no object", [], "rule 1: expected a rule to be an object"],
  ["a key that is misspelled", { ...RULE, audiance: "x" }, 'no "audiance"'],
  ["no issuer", { ...RULE, issuer: undefined }, '"issuer"'],
  ["no keys", { ...RULE, jwks: "" }, '"jwks"'],
  ["no condition", { ...RULE, when: {} }, '"when" to name at least one claim'],
  ["a condition that nothing meets", { ...RULE, when: { ref: [] } }, '"ref"'],
  ["a condition that is no text", { ...RULE, when: { ref: null } }, '"ref"'],
  ["no grant", { ...RULE, grant: undefined }, '"grant"'],
  ["a right that does not exist", { ...RULE, grant: { name: ["x"] } }, 'no "name"'],
  ["a right that makes no sense", { ...RULE, grant: { tunnels: "2" } }, '"tunnels" makes no sense'],
  ["names that are no list", { ...RULE, grant: { names: "*" } }, '"names" makes no sense'],
  ["a name that is none", { ...RULE, grant: { names: ["{x}.y"] } }, '"names" makes no sense'],
];

for (const [what, rule, message] of MISTAKES) {
  Deno.test(`readGrants() refuses a rule with ${what}`, () => {
    assertThrows(() => read(rule), GrantsError, message);
  });
}

Deno.test("readGrants() refuses a file that is no list, or says something twice", () => {
  for (const text of ["", "{}", '[{"issuer":"a","issuer":"b"}]']) {
    assertThrows(() => readGrants(text, (url) => ({ kind: "url", url })), GrantsError);
  }
});
