/**
 * Sends many GiB through one session and prints what memory the process takes:
 * it must not depend on how much has passed.
 *
 * ```sh
 * deno run -A tests/flow/soak_memory.ts [--gib 10] [--carrier memory|tcp] [--slow]
 * ```
 *
 * `--slow` adds a reader that is always behind, so that queues are never empty.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { tcpPair } from "../support/transport_pairs.ts";
import { soak } from "../support/mux_soak.ts";

const flags = parseArgs(Deno.args, {
  string: ["gib", "carrier"],
  boolean: ["slow"],
  default: { gib: "10", carrier: "memory" },
});
const MIB = 1024 * 1024;
const start = performance.now();
await using tcp = flags.carrier === "tcp" ? await tcpPair() : undefined;
const { rss, bytes } = await soak({
  bytes: Number(flags.gib) * 1024 * MIB,
  isSlow: flags.slow,
  ...(tcp === undefined ? {} : { transports: { client: tcp.a, server: tcp.b } }),
  // deno-lint-ignore no-console
  onSample: (sum, rss) => console.log(`${sum / MIB | 0} MiB passed, ${rss / MIB | 0} MiB resident`),
});
const seconds = (performance.now() - start) / 1000;
// deno-lint-ignore no-console
console.log(
  `${flags.carrier}: ${(bytes / MIB / 1024).toFixed(1)} GiB in ${seconds.toFixed(1)} s, ` +
    `resident ${rss.map((sample) => sample / MIB | 0).join(" ")} MiB`,
);
