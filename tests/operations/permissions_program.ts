/**
 * Run with the permissions of one of the programs: the client as it is, and then what it has left;
 * or, with `--try`, everything that a program must not be able to do.
 *
 * @module
 */

import { main } from "../../client/main.ts";

const FORBIDDEN: Readonly<Record<string, () => unknown>> = {
  run: () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync(),
  ffi: () => Deno.dlopen("libc.so.6", {}),
  sys: () => Deno.hostname(),
  env: () => Deno.env.get("PATH"),
  import: () => import(`http://127.0.0.1:${1}/module.ts`),
};

function say(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

if (Deno.args[0] === "--try") {
  for (const [name, attempt] of Object.entries(FORBIDDEN)) {
    try {
      say({ event: name, outcome: await attempt() === undefined ? "nothing" : "done" });
    } catch (error) {
      say({ event: name, outcome: (error as Error).name });
    }
  }
} else {
  const code = await main(Deno.args);
  say({ event: "left", write: Deno.permissions.querySync({ name: "write" }).state });
  Deno.exit(code);
}
