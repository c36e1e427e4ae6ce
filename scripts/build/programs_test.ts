import { assert, assertEquals } from "@std/assert";
import { permissionFlags, PROGRAMS } from "./programs.ts";

const ROOT = new URL("../../", import.meta.url);

/** The names of variables that a package's code spells out. */
async function namesIn(folder: URL): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) {
      for (const found of await namesIn(new URL(`${name}/`, folder))) names.add(found);
    } else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) {
      const text = await Deno.readTextFile(new URL(name, folder));
      for (const [, found] of text.matchAll(/\benv(?:\.|: ")([A-Z][A-Z_]+)\b/g)) names.add(found!);
      for (const [, found] of text.matchAll(/"((?:[A-Z]+_)PROXY)"/g)) names.add(found!);
    }
  }
  return names;
}

Deno.test("PROGRAMS name every variable that their code asks for", async () => {
  for (const { name, entry, env } of PROGRAMS) {
    const asked = await namesIn(new URL("./", new URL(entry, ROOT)));
    assert(asked.size > 5, "the names were found");
    assertEquals([...asked].filter((asked) => !env.includes(asked)), [], name);
  }
});

Deno.test("permissionFlags() give nothing whole but net, read and write", () => {
  for (const program of PROGRAMS) {
    const flags = permissionFlags(program);
    const whole = flags.filter((flag) => /^--allow-[a-z]+$/.test(flag));
    assertEquals(whole, ["--allow-net", "--allow-read", "--allow-write"]);
    assert(flags.includes("--no-prompt"));
    assert(flags.includes("--ignore-env"));
    assert(!flags.includes("-A") && !flags.includes("--allow-all"));
  }
});
