/**
 * Fuzzes the protocol: `deno task fuzz [--seconds 120] [--seed N] [--only NAME]`.
 *
 * Past failures are tried first, then new inputs until the time is up. What
 * fails is printed with the command that does it again, and kept in the corpus,
 * smaller if possible. `--case N` tries that one case of a target alone.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { encodeHex } from "@std/encoding/hex";
import { fuzz, type FuzzResult } from "./campaign.ts";
import { keep, readCorpus } from "./corpus.ts";
import { run as runHttp1Differential } from "./http1_differential.ts";
import type { FuzzTarget } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** The one target with a loop of its own, because its referee is another program's parser. */
const HTTP1 = { name: "http1_differential", share: 1 } as const;

/** An input is printed whole up to this length; the corpus has it in any case. */
const MOST_PRINTED_BYTES = 512;

/** What one line of the summary says. */
interface Line {
  readonly name: string;
  readonly text: string;
  readonly passed: boolean;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function fail(why: string): never {
  say(why);
  Deno.exit(2);
}

function wholeNumber(text: string, flag: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) fail(`Cannot use --${flag} ${text}`);
  return number;
}

const flags = parseArgs(Deno.args, {
  string: ["seconds", "seed", "only", "case"],
  default: { seconds: "120" },
  unknown: (argument) => fail(`Cannot use ${argument}: see the head of tests/fuzz/main.ts`),
});
const seconds = Number(flags.seconds);
if (!(seconds > 0)) fail(`Cannot use --seconds ${flags.seconds}`);
const seed = flags.seed === undefined
  ? crypto.getRandomValues(new Uint32Array(1))[0]!
  : wholeNumber(flags.seed, "seed");
const onlyCase = flags.case === undefined ? undefined : wholeNumber(flags.case, "case");
const names = [...TARGETS.map(({ name }) => name), HTTP1.name];
if (flags.only !== undefined && !names.includes(flags.only)) {
  fail(`Cannot fuzz ${flags.only}. The targets are: ${names.join(", ")}`);
}
if (onlyCase !== undefined && flags.only === undefined) fail("Cannot use --case without --only");

const chosen = TARGETS.filter(({ name }) => flags.only === undefined || flags.only === name);
const withHttp1 = flags.only === undefined || flags.only === HTTP1.name;
const shares = chosen.reduce((sum, { share }) => sum + share, withHttp1 ? HTTP1.share : 0);
const msPerShare = seconds * 1000 / shares;

/** For the one kind of failure that no case can catch. */
let underWay = "";
globalThis.addEventListener("unhandledrejection", () => {
  say(`FAILED  a promise was rejected with nobody to see it, at or before: ${underWay}`);
});

say(`fuzz: seed ${seed}, ${seconds} s`);
const lines: Line[] = [];
const totals = { inputs: 0, events: 0 };
for (const target of chosen) lines.push(await runTarget(target));
if (withHttp1) lines.push(await runHttp1());

say("");
for (const { name, text, passed } of lines) {
  say(`${passed ? "ok    " : "FAILED"}  ${name.padEnd(20)} ${text}`);
}
say(`seed ${seed}: ${count(totals.inputs)} decoder inputs, ${count(totals.events)} events`);
Deno.exit(lines.every(({ passed }) => passed) ? 0 : 1);

async function runTarget(target: FuzzTarget): Promise<Line> {
  const { name } = target;
  const past = await replay(target);
  const bounds = onlyCase === undefined
    ? { ms: target.share * msPerShare }
    : { ms: Infinity, firstCase: onlyCase, cases: 1 };
  const result = await fuzz(target, seed, {
    ...bounds,
    onCase: (caseNumber) => underWay = reproduction(name, caseNumber),
  });
  totals[target.unit] += result.units;
  if (result.failure !== undefined) await report(target, result.failure);
  const each = `${count(result.units)} ${target.unit} in ${count(result.cases)} cases`;
  const rate = count(Math.round(result.units / result.ms * 1000));
  return {
    name,
    text: `${each}, ${rate}/s${past.failed > 0 ? `, ${past.failed} past failures fail` : ""}`,
    passed: result.failure === undefined && past.failed === 0,
  };
}

async function replay(target: FuzzTarget): Promise<{ failed: number }> {
  let failed = 0;
  for (const { name, input } of await readCorpus(target.name)) {
    try {
      await target.check(input);
    } catch (error) {
      failed++;
      say(`\nFAILED  ${target.name}: corpus/${target.name}/${name}\n${describe(error)}`);
    }
  }
  return { failed };
}

async function report(
  { name }: FuzzTarget,
  { error, caseNumber, input, shrunk }: NonNullable<FuzzResult["failure"]>,
): Promise<void> {
  const path = await keep(name, shrunk);
  say(`\nFAILED  ${name}: seed ${seed}, case ${caseNumber}\n${describe(error)}`);
  if (input.length <= MOST_PRINTED_BYTES) say(`input:  ${encodeHex(input)}`);
  else say(`input:  ${input.length} bytes`);
  if (shrunk.length <= MOST_PRINTED_BYTES) say(`shrunk: ${encodeHex(shrunk)}`);
  say(`kept:   ${path}\nagain:  ${reproduction(name, caseNumber)}`);
}

function reproduction(name: string, caseNumber: number): string {
  return `deno task fuzz --only ${name} --seed ${seed} --case ${caseNumber}`;
}

async function runHttp1(): Promise<Line> {
  const { name, share } = HTTP1;
  underWay = `deno task fuzz --only ${name} --seed ${seed}`;
  const start = performance.now();
  try {
    const { cases, messages } = await runHttp1Differential({
      seed,
      seconds: share * msPerShare / 1000,
      log: () => {},
    });
    totals.inputs += cases;
    const rate = count(Math.round(cases / (performance.now() - start) * 1000));
    return {
      name,
      text: `${count(cases)} inputs, ${count(messages)} messages alike, ${rate}/s`,
      passed: true,
    };
  } catch (error) {
    // The message has the seed of the very stream: with that, it is the first.
    say(`\nFAILED  ${name}\n${describe(error)}\nagain:  ${underWay}`);
    return { name, text: "", passed: false };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? String(error) : String(error);
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
