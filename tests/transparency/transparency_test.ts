/**
 * What the app receives, and what the visitor receives back, equals a direct connection byte for
 * byte, but for what `README.md` says.
 *
 * @module
 */

import * as requests from "./request_cases.ts";
import * as responses from "./response_cases.ts";
import { Bench, type Case } from "./run_case.ts";
import { ENDS, UPGRADES } from "./upgrade_cases.ts";

function suite(name: string, cases: readonly Case[], options = {}): void {
  Deno.test(`A tunnel is transparent: ${name}`, async (t) => {
    await using bench = await Bench.start(options);
    for (const one of cases) await t.step(one.name, () => bench.run(one));
  });
}

suite("methods", requests.METHODS);
suite("targets", requests.TARGETS);
suite("hosts", requests.HOSTS);
suite("request headers", requests.HEADERS);
suite("request headers of a trusted proxy", requests.TRUSTED, { isTrusted: true });
suite("request bodies", requests.BODIES);
suite("connections", requests.CONNECTIONS);
suite("statuses", responses.STATUSES);
suite("response headers", responses.RESPONSE_HEADERS);
suite("response bodies", responses.RESPONSE_BODIES);
suite("informational responses", responses.INFORMATIONAL);
suite("upgrades", UPGRADES);
suite("ends", ENDS);
