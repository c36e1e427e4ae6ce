/**
 * `deno task conformance`: holds a client or a server to PROTOCOL.md.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { ClientTester } from "./client_suite/client_tester.ts";
import { CLIENT_RULES } from "./client_suite/mod.ts";
import { commandSubject } from "./client_suite/subject.ts";
import { checkRules, type Outcome } from "./report.ts";
import { SERVER_RULES } from "./server_suite/mod.ts";
import { ServerTester } from "./server_suite/server_tester.ts";

const USAGE = `Usage:
  deno task conformance --client COMMAND
  deno task conformance --server HOST:PORT [--token TOKEN] [--visit URL] [--name NAME]

  --filter TEXT   only rules whose name or section contains TEXT ("§6")
  --timeout MS    how long to wait for what must come (5000)
  --verbose       with --client: show what the client writes`;

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function wrongUsage(why: string): never {
  say(`${why}\n\n${USAGE}`);
  Deno.exit(2);
}

const args = parseArgs(Deno.args, {
  string: ["client", "server", "token", "visit", "name", "filter", "timeout"],
  boolean: ["verbose", "help"],
  default: { timeout: "5000", name: "conformance" },
  unknown: (arg) => wrongUsage(`There is no option ${arg}`),
});

async function testClient(command: string, patienceMs: number): Promise<Outcome> {
  await using tester = new ClientTester(commandSubject(command, args.verbose), patienceMs);
  return await checkRules(CLIENT_RULES, tester, {
    filter: args.filter,
    say,
    describe: (tester) => tester.describe(),
    afterFailure: (tester) => tester.stopClient(),
  });
}

async function testServer(address: string, patienceMs: number): Promise<Outcome> {
  const at = address.lastIndexOf(":");
  const port = Number(address.slice(at + 1));
  if (at < 1 || !Number.isInteger(port)) wrongUsage(`No HOST:PORT: ${address}`);
  const hostname = address.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  await using tester = new ServerTester({
    hostname,
    port,
    token: args.token,
    visit: args.visit === undefined ? undefined : new URL(args.visit),
    name: args.name,
    patienceMs,
  });
  return await checkRules(SERVER_RULES, tester, {
    filter: args.filter,
    say,
    describe: (tester) => tester.describe(),
    afterFailure: (tester) => tester.hangUp(),
  });
}

if (args.help) {
  say(USAGE);
  Deno.exit(0);
}
const patienceMs = Number(args.timeout);
if (!(patienceMs > 0)) wrongUsage(`No time in milliseconds: ${args.timeout}`);
if ((args.client === undefined) === (args.server === undefined)) {
  wrongUsage("Either --client or --server is needed");
}
const outcome = args.client === undefined
  ? await testServer(args.server!, patienceMs)
  : await testClient(args.client, patienceMs);
if (outcome.passed + outcome.failed + outcome.skipped === 0) {
  wrongUsage(`No rule has "${args.filter}" in its line`);
}
Deno.exit(outcome.failed === 0 ? 0 : 1);
