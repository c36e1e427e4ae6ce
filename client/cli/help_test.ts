import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FLAGS } from "./flags.ts";
import { renderHelp } from "./help.ts";
import { helpPage } from "./page.ts";

Deno.test("renderHelp fits its width for every page", () => {
  for (const command of [undefined, "http", "tcp", "start", "login"]) {
    for (const width of [60, 80, 100, 300]) {
      const options = command === undefined ? { width } : { command, width };
      const text = renderHelp(helpPage(command), FLAGS, options);
      for (const line of text.split("\n")) {
        assert(line.length <= Math.min(width, 100), `${command} at ${width}: ${line}`);
        assertEquals(line, line.trimEnd());
      }
    }
  }
});

Deno.test("renderHelp shows every flag that exists, with its environment and default", () => {
  const text = renderHelp(helpPage(undefined), FLAGS, { width: 100 }).replace(/\s+/g, " ");
  for (const flag of FLAGS) {
    assertEquals(text.includes(`--${flag.name} `), flag.reserved === undefined, flag.name);
    if (flag.env !== undefined) assertStringIncludes(text, `env ${flag.env}`);
    if (flag.fallback !== undefined) assertStringIncludes(text, `default ${flag.fallback}`);
  }
});

Deno.test("renderHelp of a subcommand leaves out what it does not take", () => {
  const text = renderHelp(helpPage("tcp"), FLAGS, { command: "tcp" });
  assert(!text.includes("--subdomain"));
  assertStringIncludes(text, "--port N");
});
