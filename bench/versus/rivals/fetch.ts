/**
 * What `deno task rivals [NAME...]` runs: brings every rival, or those named, from its own registry
 * into `bench/rivals/` and builds it in release mode. One that cannot be had does not stop the
 * others: the reason is printed, and kept for the report.
 *
 * @module
 */

import { print } from "../../protocol/print.ts";
import { buildFromSource } from "./build.ts";
import { reasonFile, RIVALS } from "./folder.ts";
import { SOURCES } from "./sources.ts";

const unknown = Deno.args.filter((name) => !SOURCES.some((source) => source.name === name));
if (unknown.length > 0) {
  const names = SOURCES.map(({ name }) => name).join(", ");
  print(`Cannot fetch ${unknown.join(", ")}: the rivals are ${names}`);
  Deno.exit(2);
}

for (const source of SOURCES) {
  if (Deno.args.length > 0 && !Deno.args.includes(source.name)) continue;
  const folder = `${RIVALS}/${source.name}`;
  await Deno.mkdir(folder, { recursive: true });
  try {
    print(`${source.name}: ${await buildFromSource(source, folder)}`);
    await Deno.writeTextFile(reasonFile(source.name), "");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    print(`${source.name}: NOT HERE: ${reason}`);
    await Deno.writeTextFile(reasonFile(source.name), reason);
  }
}
