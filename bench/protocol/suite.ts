/**
 * The protocol's benchmarks, one after the other.
 *
 * @module
 */

import { benchBulk } from "./bulk.ts";
import { benchIdleLinks } from "./idle_links.ts";
import { benchIdleStreams } from "./idle_streams.ts";
import { benchMessages } from "./messages.ts";
import { soak } from "./soak.ts";

const PARTS: Readonly<Record<string, (quick: boolean) => Promise<void>>> = {
  codec: benchCodec,
  bulk: (quick) => benchBulk({ bytes: (quick ? 128 : 512) * 2 ** 20, rounds: quick ? 3 : 9 }),
  messages: (quick) => benchMessages({ messages: quick ? 20_000 : 200_000, rounds: quick ? 3 : 7 }),
  "idle-streams": (quick) =>
    benchIdleStreams({
      idle: quick ? 1000 : 10_000,
      messages: quick ? 20_000 : 200_000,
      rounds: quick ? 3 : 9,
    }),
  "idle-links": (quick) => benchIdleLinks({ links: quick ? 500 : 10_000, seconds: quick ? 3 : 30 }),
};

/**
 * Runs the named parts, or all. `quick` proves that they run; its figures mean little.
 *
 * @throws {RangeError} If there is no such part.
 */
export async function runProtocolSuite(
  names: readonly string[],
  quick: boolean,
): Promise<boolean> {
  const unknown = names.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot run "${unknown}": the parts are ${Object.keys(PARTS).join(", ")}`,
    );
  }
  for (const [name, run] of Object.entries(PARTS)) {
    if (names.length === 0 || names.includes(name)) await run(quick);
  }
  return true;
}

/** Runs the soak: 10 GiB, or 1 to see that it runs. */
export function runSoak(_names: readonly string[], quick: boolean): Promise<boolean> {
  return soak({ bytes: (quick ? 1.5 : 10) * 2 ** 30 });
}

/** `deno bench` keeps its own time: what it prints needs no table of ours. */
async function benchCodec(): Promise<void> {
  const protocol = new URL("../../protocol/", import.meta.url).pathname;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["bench", "--quiet", "--allow-all", `${protocol}link/`, `${protocol}mux/`],
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (!success) throw new Error("deno bench failed");
}
