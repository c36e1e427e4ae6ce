import { assertEquals, assertThrows } from "@std/assert";
import { README, withTables } from "./readme_tables.ts";

Deno.test("README has the flags of both programs; `deno task readme` brings them up to date", async () => {
  const readme = await Deno.readTextFile(README);
  assertEquals(withTables(readme), readme);
  assertThrows(() => withTables(readme.replace("<!-- flags of tun -->", "")), Error);
});

Deno.test("README has examples that run", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "-A", "--doc", README.pathname],
    stdout: "inherit",
  }).output();
  assertEquals(success, true, new TextDecoder().decode(stderr));
});

Deno.test("README links to files that exist", async () => {
  const readme = await Deno.readTextFile(README);
  for (const [, path] of readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
    await Deno.stat(new URL(path!, README));
  }
});
