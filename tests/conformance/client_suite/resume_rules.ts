/**
 * Cuts at every kind of place, and what a client makes of the answer to RESUME.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { encodeFrame } from "../../../protocol/mux/outbound.ts";
import { must, mustEqual, type Rule, RuleBroken } from "../wire/rule.ts";
import type { ClientLink } from "./client_link.ts";
import type { ClientTester } from "./client_tester.ts";
import { pattern } from "../wire/pattern.ts";

/** A client resumes within a second; a busy machine may take longer. */
const RESUME_MS = 2500;

/** How long a client is watched that must not go on. */
const WATCH_MS = 300;

/** Cuts so that everything that was sent arrives, and the client must know how much that is. */
async function cut(tester: ClientTester, link: ClientLink, received: number): Promise<void> {
  await link.link.cut();
  link.expectedReceived = received;
  await tester.resumed(link, RESUME_MS);
}

/** Cuts our direction after `bytes` bytes of what would be sent. */
async function cutSending(tester: ClientTester, link: ClientLink, bytes: number): Promise<void> {
  await cut(tester, link, await link.link.flushPart(bytes));
}

/**
 * Insists that a transport over which a bad RESUMED was sent carries nothing more, and
 * that the client tries again.
 */
async function mustNotGoOn(
  tester: ClientTester,
  link: ClientLink,
  change: (link: ClientLink) => Promise<Uint8Array>,
): Promise<void> {
  await link.link.cut();
  const { transport } = await tester.resume(link, RESUME_MS);
  await transport.write(await change(link));
  const bytes = await transport.readWithin(RESUME_MS);
  if (bytes !== null) {
    throw new RuleBroken(
      "expected: the end of a transport whose RESUMED is wrong\n" +
        `came:     ${bytes === undefined ? "nothing" : `${bytes.length} bytes`}`,
    );
  }
  transport.close();
}

/** The rules. */
export const RESUME_RULES: readonly Rule<ClientTester>[] = [
  {
    name: "a client resumes within a second when its transport is cut",
    section: 15,
    async check(tester) {
      const link = await tester.session();
      await cut(tester, link, link.link.produced);
      await link.mustAnswer(await link.request("GET", "/resumed", { fin: true }));
      await cut(tester, link, link.link.produced);
      await link.mustAnswer(await link.request("GET", "/again", { fin: true }));
    },
  },
  {
    name: "streams that are open go on after a resume",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      const stream = await link.request("POST", "/across");
      const body = pattern(3000);
      await stream.send(body.subarray(0, 1000));
      await stream.bodyOf(1000);
      await cut(tester, link, link.link.produced);
      await stream.send(body.subarray(1000), { fin: true });
      await link.mustAnswer(stream, body);
    },
  },
  {
    name: "a cut anywhere in what the server sends loses and doubles nothing",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      const body = pattern(40);
      for (const bytes of [0, 1, 3, 4, 5, 7, 11, 12, 15, 20, 60, 120, 121, 126, 134, 140, 170]) {
        link.link.recordBytes = 50;
        const { stream, frame } = link.mux.prepareOpen(link.head("POST", `/${bytes}`));
        link.link.produce(concat([frame, stream.dataFrame(body, true)]));
        await cutSending(tester, link, bytes);
        await link.mustAnswer(stream, body);
      }
    },
  },
  {
    name: "a cut in a large body that the server sends loses and doubles nothing",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      const body = pattern(Math.min(link.hello.terms.window, 60_000));
      for (const bytes of [30_000, 59_999, 16_384, 200]) {
        const { stream, frame } = link.mux.prepareOpen(link.head("POST", `/${bytes}`));
        link.link.produce(concat([frame, stream.dataFrame(body, true)]));
        await cutSending(tester, link, bytes);
        await link.mustAnswer(stream, body);
      }
    },
  },
  {
    name: "a cut anywhere in what the client sends loses and doubles nothing",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      const body = pattern(60);
      for (const bytes of [0, 1, 3, 4, 5, 12, 13, 15, 16, 17, 20, 24, 40, 70, 110, 120, 130]) {
        link.link.acknowledges = false;
        link.link.cutAfterReading = bytes;
        const stream = await link.request("POST", `/${bytes}`, { body, fin: true });
        await link.link.watch.until(
          () => link.link.isEnded || undefined,
          `${bytes} bytes of an answer`,
          tester.patienceMs,
        );
        link.link.drop();
        link.link.acknowledges = true;
        await tester.resumed(link, RESUME_MS);
        await link.mustAnswer(stream, body);
      }
    },
  },
  {
    name: "cuts in the middle of 1 MiB each way lose and double nothing",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      const body = pattern(1 << 20);
      const stream = await link.request("POST", "/large");
      const sending = stream.send(body, { fin: true });
      for (const at of [100_000, 300_001, 700_003]) {
        await stream.bodyOf(at);
        link.link.drop();
        await tester.resumed(link, RESUME_MS);
      }
      await sending;
      await link.mustAnswer(stream, body);
    },
  },
  {
    name: "a cut during a resume is followed by another, with a higher epoch",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      await link.link.cut();
      link.expectedReceived = link.link.produced;
      for (const bytes of [0, 1, 30, 63]) {
        const { transport } = await tester.resume(link, RESUME_MS);
        await transport.write((await link.resumedRecord()).subarray(0, bytes));
        await transport.endWriting();
        await transport.mustEnd("the end of a transport that was cut in RESUMED", RESUME_MS);
        transport.close();
      }
      await tester.resumed(link, RESUME_MS);
      await link.mustAnswer(await link.request("GET", "/resumed", { fin: true }));
    },
  },
  {
    name: "a resume that the client did not see is followed by another, with a higher epoch",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      const body = pattern(5000);
      const stream = await link.request("POST", "/lost");
      await stream.send(body.subarray(0, 2500));
      await link.link.cut();
      // A server that has answered RESUMED and sent DATA, all of which got lost.
      const { transport } = await tester.resume(link, RESUME_MS);
      transport.close();
      link.link.produce(stream.dataFrame(body.subarray(2500), true));
      await tester.resumed(link, RESUME_MS);
      await link.mustAnswer(stream, body);
    },
  },
  {
    name: "a RESUMED with a wrong mac is not accepted",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      await mustNotGoOn(tester, link, (link) => link.resumedRecord({}, new Uint8Array(32)));
      await tester.resumed(link, RESUME_MS);
      await link.mustAnswer(await link.request("GET", "/resumed", { fin: true }));
    },
  },
  {
    name: "a RESUMED of another epoch or link is not accepted",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      await mustNotGoOn(tester, link, (link) => link.resumedRecord({ epoch: link.epoch + 1 }));
      await mustNotGoOn(tester, link, (link) => link.resumedRecord({ link: "00".repeat(16) }));
      await tester.resumed(link, RESUME_MS);
      await link.mustAnswer(await link.request("GET", "/resumed", { fin: true }));
    },
  },
  {
    name: "a RESUMED that has received what was never sent is not accepted",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      const received = link.link.received + 1;
      await mustNotGoOn(tester, link, (link) => link.resumedRecord({ received }));
    },
  },
  {
    name: "after a final refusal of RESUME, HELLO follows with a new nonce, and a claim",
    section: 6,
    async check(tester) {
      for (const code of ["resume_unknown", "resume_stale", "token_expired"]) {
        const link = await tester.session();
        await link.link.cut();
        const { transport } = await tester.resume(link, RESUME_MS);
        await tester.refuse(transport, code);
        const onSame = await tester.readHello(transport);
        const next = onSame === undefined ? await tester.hello() : { transport, hello: onSame };
        must(next.hello.nonce !== link.hello.nonce, "a new nonce", next.hello.nonce);
        const anew = await tester.claimed(await tester.welcome(next.transport, next.hello));
        await anew.mustAnswer(await anew.request("GET", "/anew", { fin: true }));
        if (onSame === undefined) transport.close();
      }
    },
  },
  {
    name: "after a refusal of RESUME that is not final, RESUME comes again, with a higher epoch",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      await link.link.cut();
      const { transport } = await tester.resume(link, RESUME_MS);
      await tester.refuse(transport, "auth_unavailable", { final: false, retryAfterMs: 50 });
      await transport.endWriting();
      await tester.resumed(link, 2 * RESUME_MS);
      transport.close();
      await link.mustAnswer(await link.request("GET", "/resumed", { fin: true }));
    },
  },
  {
    name: "after a resume, nothing but what the server does not have is sent again",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      await link.link.send(encodeFrame(0x80, new Uint8Array(10)));
      await link.allAcknowledged();
      const before = link.link.received;
      await cut(tester, link, link.link.produced);
      await link.link.watch.quiet(WATCH_MS);
      mustEqual(link.link.received, before, "bytes of DATA in all");
    },
  },
];
