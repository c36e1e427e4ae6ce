import { assert, assertEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { decodeRefused } from "../../protocol/link/handshake.ts";
import { RecordType } from "../../protocol/link/record.ts";
import type { ServerLink } from "../conformance/server_suite/server_link.ts";
import type { ServerTester } from "../conformance/server_suite/server_tester.ts";
import { ALICE, House } from "./house.ts";

const RECORD_HEADER = 4;

/** Sends a record to start with, and gives the code with which it is refused. */
async function outcomeOf(tester: ServerTester, record: Uint8Array): Promise<string> {
  using transport = await tester.connect();
  await transport.write(record);
  // A record that is too short for its length never ends.
  await transport.endWriting();
  const answer = await transport.readRecord("an answer to RESUME", 10_000);
  if (answer === null) return "hung up";
  if (answer.type === RecordType.refused) return decodeRefused(answer.payload).code;
  return `a record of type ${answer.type.toString(16)}`;
}

/** Alice's session, whose connection has just broken. */
async function pausedAlice(house: House, tester: ServerTester): Promise<ServerLink> {
  const alice = await tester.claimed();
  const paused = house.server.log.next(({ name }) => name === "session_paused");
  alice.link.drop();
  await paused;
  return alice;
}

Deno.test("Nobody resumes Alice's session but who has its secret, even if they know all else", async (t) => {
  await using house = await House.open();
  await using tester = await house.scripted("alice", ALICE);
  await using mallory = await house.scripted();
  const alice = await pausedAlice(house, tester);
  const own = await mallory.claimed();
  const { link } = alice.welcome;
  const received = alice.link.received;
  const forge = (secret: Uint8Array<ArrayBuffer>, more = {}) =>
    alice.resumeRecord({ link, received, secret, epoch: 100, ...more });

  await t.step("guessed secrets", async () => {
    const guesses = [
      new Uint8Array(32),
      new Uint8Array(32).fill(255),
      new TextEncoder().encode(link),
      ...Array.from({ length: 200 }, () => crypto.getRandomValues(new Uint8Array(32))),
    ];
    for (const guess of guesses) {
      assertEquals(await outcomeOf(mallory, await forge(guess)), "resume_forged");
    }
  });
  await t.step("the secret of Mallory's own session", async () => {
    const secret = Uint8Array.fromHex(own.welcome.secret);
    assertEquals(await outcomeOf(mallory, await forge(secret)), "resume_forged");
    const token = await house.token("mallory");
    assertEquals(await outcomeOf(mallory, await forge(secret, { token })), "resume_forged");
  });
  await t.step("Mallory's own RESUME, with Alice's link put in", async () => {
    const record = await own.resumeRecord({ epoch: 100 });
    record.set(Uint8Array.fromHex(link), RECORD_HEADER);
    assertEquals(await outcomeOf(mallory, record), "resume_forged");
  });
  await t.step("a RESUME of Alice's in which any one bit is another", async () => {
    const good = await alice.resumeRecord({ epoch: 50 });
    for (let at = RECORD_HEADER; at < good.length; at++) {
      const changed = good.slice();
      changed[at]! ^= 1 << (at % 8);
      const isOfLink = at < RECORD_HEADER + 16;
      const code = isOfLink ? "resume_unknown" : "resume_forged";
      assertEquals(await outcomeOf(mallory, changed), code, `byte ${at}`);
    }
  });
  await t.step("a RESUME of Alice's that is cut, or goes on", async () => {
    const good = await alice.resumeRecord({ epoch: 50 });
    for (const length of [0, 1, 16, 28, 59, 61, 100]) {
      const changed = new Uint8Array(RECORD_HEADER + length);
      changed.set(good.subarray(0, changed.length));
      changed[3] = length;
      const outcome = await outcomeOf(mallory, changed);
      assert(["bad_hello", "resume_forged", "hung up"].includes(outcome), `${length}: ${outcome}`);
    }
  });
  await t.step("and Alice comes back as if nothing had been", async () => {
    await alice.resume(await tester.connect());
    assertEquals(alice.link.isEnded, false);
    assertEquals(house.server.log.all.filter(({ name }) => name === "session_closed"), []);
  });
  await t.step(
    "a RESUME of Alice's that was overheard says nothing new a second time",
    async () => {
      const record = await alice.resumeRecord();
      using transport = await tester.connect();
      await transport.write(record);
      await alice.checkResumed(await transport.readRecord("RESUMED", 10_000));
      alice.link.attach(transport, alice.link.produced);
      assertEquals(await outcomeOf(mallory, record), "resume_stale");
      assertEquals(alice.link.isEnded, false);
    },
  );
});

Deno.test("A session that has ended, or never was, cannot be resumed with what another has", async () => {
  await using house = await House.open();
  await using tester = await house.scripted("alice", ALICE);
  await using mallory = await house.scripted();
  const alice = await tester.claimed();
  const own = await mallory.claimed();
  const closed = house.server.log.next(({ name }) => name === "session_closed");
  await alice.link.write("050000020000");
  await closed;
  const secret = Uint8Array.fromHex(own.welcome.secret);
  const { link } = alice.welcome;
  assertEquals(
    await outcomeOf(mallory, await own.resumeRecord({ link, secret, epoch: 9 })),
    "resume_forged",
  );
  const unknown = encodeHex(crypto.getRandomValues(new Uint8Array(16)));
  assertEquals(
    await outcomeOf(mallory, await own.resumeRecord({ link: unknown, secret, epoch: 9 })),
    "resume_unknown",
  );
});

Deno.test("Alice's session goes on when somebody says HELLO with its nonce", async () => {
  await using house = await House.open();
  await using tester = await house.scripted("alice", ALICE);
  await using mallory = await house.scripted();
  const nonce = "ab".repeat(16);
  const alice = await tester.claimed({ nonce });
  await mallory.session({ nonce });
  await alice.allAcknowledged();
  assertEquals(house.server.log.all.filter(({ name }) => name === "session_closed"), []);
});

Deno.test("Links and secrets are 128 and 256 random bits", async () => {
  await using house = await House.open();
  await using tester = await house.scripted();
  const seen = new Set<string>();
  const ones = new Uint32Array(256);
  const SESSIONS = 200;
  for (let i = 0; i < SESSIONS; i++) {
    const { welcome, link } = await tester.session();
    assertEquals([welcome.link.length, welcome.secret.length], [32, 64]);
    seen.add(welcome.link).add(welcome.secret);
    const secret = Uint8Array.fromHex(welcome.secret);
    for (let bit = 0; bit < 256; bit++) ones[bit]! += secret[bit >> 3]! >> (bit & 7) & 1;
    link.drop();
  }
  assertEquals(seen.size, 2 * SESSIONS);
  // Eight standard deviations: no bit is constant, or nearly so.
  const most = SESSIONS / 2 + 8 * Math.sqrt(SESSIONS) / 2;
  assert(ones.every((count) => count < most && count > SESSIONS - most));
});
