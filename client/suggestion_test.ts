import { assertEquals } from "@std/assert";
import { closest } from "./suggestion.ts";

const KNOWN = ["subdomain", "port", "host", "host-header", "http", "tcp", "start", "login"];

Deno.test("closest finds the word that was meant", () => {
  const cases = [
    ["subdoamin", "subdomain"],
    ["prot", "port"],
    ["htpp", "http"],
    ["hots", "host"],
    ["sart", "start"],
    ["LOGIN", "login"],
    ["host-haeder", "host-header"],
  ] as const;
  for (const [typed, meant] of cases) assertEquals(closest(typed, KNOWN), meant, typed);
});

Deno.test("closest does not guess wildly", () => {
  for (const typed of ["banana", "x", "", "zz", "a".repeat(100_000)]) {
    assertEquals(closest(typed, KNOWN), undefined, typed.slice(0, 20));
  }
});
