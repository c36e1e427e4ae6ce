/**
 * What `deno task bench` runs: `deno task bench [SUITE] [PART...] [--quick]`.
 *
 * @module
 */

import { fail, print } from "./protocol/print.ts";
import { runProtocolSuite, runSoak } from "./protocol/suite.ts";

/** Runs the named parts of a suite; false if a promise is not kept. */
type Suite = (parts: readonly string[], quick: boolean) => Promise<boolean>;

const SUITES: Readonly<Record<string, Suite>> = {
  protocol: runProtocolSuite,
  soak: runSoak,
};

const words = Deno.args.filter((word) => word !== "--quick");
const [name = "protocol", ...parts] = words;
const suite = Object.hasOwn(SUITES, name) ? SUITES[name] : undefined;
if (suite === undefined) {
  fail(2, `Cannot run "${name}": the suites are ${Object.keys(SUITES).join(", ")}`);
}

print(
  `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}, ${Deno.build.target}, ` +
    `${navigator.hardwareConcurrency} CPUs, load ${
      Deno.loadavg().map((load) => load.toFixed(2)).join(" ")
    }`,
);
if (!await suite(parts, words.length < Deno.args.length)) Deno.exit(1);
