import { assert, assertEquals } from "@std/assert";
import { CONTENDERS } from "../rivals/contenders.ts";
import { WORKLOADS } from "./all.ts";

Deno.test("Whoever is left out is a contender, and not tun as it is used most", () => {
  const names = new Set(CONTENDERS.map(({ name }) => name));
  const leftOut = WORKLOADS.flatMap(({ leavesOut = [] }) => leavesOut);
  assertEquals(leftOut.filter((name) => !names.has(name)), []);
  assert(leftOut.length > 0 && !leftOut.includes("tun http over upgrade"));
});

Deno.test("Workloads of a group share the line, and who is left out", () => {
  for (const group of Map.groupBy(WORKLOADS, ({ group }) => group).values()) {
    const shared = group.map(({ line, leavesOut }) => JSON.stringify([line, leavesOut]));
    assertEquals(new Set(shared).size, 1, group[0]!.group);
  }
});
