import { assertEquals, assertThrows } from "@std/assert";
import { isChosen } from "./lineup.ts";
import { parseOptions } from "./options.ts";
import { selectWorkloads } from "./workloads/all.ts";

Deno.test("parseOptions asks for everything when it is told nothing", () => {
  assertEquals(parseOptions([]), {
    only: [],
    contenders: [],
    trees: [],
    rounds: undefined,
    seconds: undefined,
    quick: false,
    out: ".reports/versus",
    from: undefined,
    publish: false,
    seed: 1,
    help: false,
  });
});

Deno.test("parseOptions reads lists, trees and numbers", () => {
  const options = parseOptions([
    "--only=small, bulk",
    "--tree=base=/a=b",
    "--tree",
    "next=/c",
    "--seconds=0.5",
    "--rounds=3",
  ]);
  assertEquals(options.only, ["small", "bulk"]);
  assertEquals(options.trees, [{ name: "base", path: "/a=b" }, { name: "next", path: "/c" }]);
  assertEquals([options.seconds, options.rounds], [0.5, 3]);
});

for (
  const wrong of ["--round=3", "small", "--rounds=0", "--rounds=1.5", "--seconds=x", "--tree=/path"]
) {
  Deno.test(`parseOptions refuses ${wrong}`, () => {
    assertThrows(() => parseOptions([wrong]), RangeError);
  });
}

Deno.test("isChosen takes a part of a name, or the whole of it after an equals sign", () => {
  assertEquals(isChosen("tun http over tcp", ["tun"]), true);
  assertEquals(isChosen("frp tcp over tls", ["=frp tcp"]), false);
  assertEquals(isChosen("frp tcp", ["piko", "=frp tcp"]), true);
  assertEquals(isChosen("bore", []), true);
});

Deno.test("selectWorkloads knows workloads and groups, and nothing else", () => {
  assertEquals(selectWorkloads(["upload"]).map(({ name }) => name), ["upload"]);
  assertEquals(selectWorkloads(["bulk"]).map(({ name }) => name), [
    "download",
    "upload",
    "parallel",
  ]);
  assertThrows(() => selectWorkloads(["bluk"]), RangeError, "bluk");
});
