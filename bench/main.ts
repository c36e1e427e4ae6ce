/**
 * What `deno task bench` runs: `deno task bench [SUITE] [PART...] [--quick]`. The suite `versus` has
 * options of its own: `deno task bench versus --help`.
 *
 * @module
 */

import { fail, print } from "./protocol/print.ts";
import { runProtocolSuite, runSoak } from "./protocol/suite.ts";
import { runVersus } from "./versus/versus.ts";

/** Runs what the rest of the command line names; false if a promise is not kept. */
type Suite = (args: readonly string[]) => Promise<boolean>;

const SUITES: Readonly<Record<string, Suite>> = {
  protocol: (args) => runProtocolSuite(withoutQuick(args), args.includes(QUICK)),
  soak: (args) => runSoak(withoutQuick(args), args.includes(QUICK)),
  versus: runVersus,
};

const QUICK = "--quick";

const [name = "protocol", ...args] = Deno.args[0] === QUICK
  ? ["protocol", ...Deno.args]
  : Deno.args;
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
if (!await suite(args)) Deno.exit(1);

function withoutQuick(args: readonly string[]): readonly string[] {
  return args.filter((word) => word !== QUICK);
}
