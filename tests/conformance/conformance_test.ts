import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeRecord, RecordType } from "../../protocol/link/record.ts";
import { ClientTester } from "./client_suite/client_tester.ts";
import { CLIENT_RULES } from "./client_suite/mod.ts";
import type { Subject } from "./client_suite/subject.ts";
import { type Fault, faultless, faultySubject, referenceSubject } from "./faulty_client.ts";
import { ReferenceServer } from "./reference_server.ts";
import { checkRules } from "./report.ts";
import { SERVER_RULES } from "./server_suite/mod.ts";
import { ServerTester } from "./server_suite/server_tester.ts";

const PATIENCE_MS = 5000;

/**
 * What rules wait for must not take long, and a HELLO that comes byte by byte must be in time also
 * where other work shares the processor: with half a second it was not.
 */
const SHORT_WAITS = { handshakeMs: 3000, pingAfterMs: 800, deadAfterMs: 1500 };

/** Holds a client to rules and gives the lines that are not "ok". */
async function objectionsTo(
  subject: Subject,
  filter?: string,
  patienceMs = PATIENCE_MS,
): Promise<string[]> {
  const lines: string[] = [];
  await using tester = new ClientTester(subject, patienceMs);
  const { passed, failed } = await checkRules(CLIENT_RULES, tester, {
    filter,
    say: (line) => lines.push(line),
    describe: (tester) => tester.describe(),
    afterFailure: (tester) => tester.stopClient(),
  });
  assert(passed + failed > 0, `there are no rules with "${filter}"`);
  return lines.slice(0, -1).filter((line) => !line.startsWith("ok"));
}

Deno.test("Reference client passes all rules for clients", async () => {
  assertEquals(await objectionsTo(referenceSubject), []);
});

Deno.test("Reference server passes all rules for servers", async () => {
  await using server = new ReferenceServer({
    token: "secret",
    limits: SHORT_WAITS,
  });
  await using tester = new ServerTester({
    hostname: "127.0.0.1",
    port: server.port,
    token: "secret",
    visit: new URL(server.url),
    name: "conformance",
    patienceMs: 4 * PATIENCE_MS,
  });
  const lines: string[] = [];
  await checkRules(SERVER_RULES, tester, {
    say: (line) => lines.push(line),
    describe: (tester) => tester.describe(),
    afterFailure: (tester) => tester.hangUp(),
  });
  assert(lines.length > 100);
  assertEquals(lines.slice(0, -1).filter((line) => !line.startsWith("ok")), []);
});

/** Changes one byte of the records of one type. */
function flip(wanted: number, at: number): Fault {
  return (type, payload) => {
    if (type !== wanted || payload.length <= at) return faultless(type, payload);
    const changed = payload.slice();
    changed[at]! ^= 1;
    return encodeRecord(type, changed);
  };
}

const FAULTS: { fault: Fault; what: string; rule: string; why: string }[] = [
  {
    what: "never acknowledges",
    fault: (type, payload) => type === RecordType.ack ? undefined : faultless(type, payload),
    rule: "131,072 bytes are acknowledged",
    why: "expected: ACK of",
  },
  {
    what: "acknowledges what was never sent",
    fault: flip(RecordType.ack, 2),
    rule: "an ACK goes with PONG",
    why: "expected: an ACK from 0 to",
  },
  {
    what: "echoes other bytes",
    fault: flip(RecordType.pong, 7),
    rule: "its eight bytes",
    why: "the bytes of PING",
  },
  {
    what: "does not know the secret",
    fault: flip(RecordType.resume, 59),
    rule: "resumes within",
    why: "the right mac",
  },
  {
    what: "resumes elsewhere",
    fault: flip(RecordType.resume, 27),
    rule: "streams that are open",
    why: "the right mac",
  },
  {
    what: "repeats its epoch",
    fault: sameEpoch(),
    rule: "cut during a resume",
    why: "an epoch above 1",
  },
  {
    what: "closes with another code",
    fault: flip(RecordType.close, 1),
    rule: "DATA of no bytes",
    why: "came:     CLOSE normal (0)",
  },
  {
    what: "has another magic",
    fault: flip(RecordType.hello, 0),
    rule: "HELLO is well-formed",
    why: "a HELLO as in section 4",
  },
  {
    what: "says the same nonce for ever",
    fault: sameNonce(),
    rule: "a new session has",
    why: "another nonce",
  },
];

/** As if each attempt to resume were the first. */
function sameEpoch(): Fault {
  return (type, payload) => {
    const changed = payload.slice();
    if (type === RecordType.resume) changed.set([0, 0, 0, 1], 16);
    return encodeRecord(type, changed);
  };
}

function sameNonce(): Fault {
  return (type, payload) => {
    if (type !== RecordType.hello) return faultless(type, payload);
    const text = new TextDecoder().decode(payload);
    const same = text.replace(/"nonce":"[0-9a-f]*"/, `"nonce":"${"0".repeat(32)}"`);
    return encodeRecord(type, new TextEncoder().encode(same));
  };
}

for (const { what, fault, rule, why } of FAULTS) {
  Deno.test(`Suite finds a client that ${what}`, async () => {
    const [objection] = await objectionsTo(faultySubject(fault), rule, 1500);
    assertMatch(objection ?? "nothing", /^FAIL/);
    assertStringIncludes(objection!, why);
  });
}

Deno.test("Suite has nothing against a client behind the proxy that makes faults", async () => {
  assertEquals(await objectionsTo(faultySubject(faultless), "its eight bytes"), []);
});
