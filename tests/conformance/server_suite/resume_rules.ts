/**
 * RESUME: what is granted, what is refused, and that refusals do no harm.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { encodeRecord, RecordType } from "../../../protocol/link/record.ts";
import { encodeFrame } from "../../../protocol/mux/outbound.ts";
import { must, mustEqual, type Rule } from "../wire/rule.ts";
import type { ResumeChanges, ServerLink } from "./server_link.ts";
import type { ServerTester } from "./server_tester.ts";

/** A frame that everybody skips. */
function ignorable(length: number): Uint8Array {
  return encodeFrame(0x80, new Uint8Array(length));
}

/** Says a RESUME that is to be refused. */
async function mustRefuse(
  tester: ServerTester,
  link: ServerLink,
  code: string,
  changes: ResumeChanges,
): Promise<void> {
  const transport = await tester.connect();
  await transport.write(await link.resumeRecord(changes));
  await tester.mustRefuse(transport, code, false);
  transport.close();
}

/** Resumes over a new transport. */
async function resume(
  tester: ServerTester,
  link: ServerLink,
  changes: ResumeChanges & { expectedReceived?: number } = {},
): Promise<void> {
  await link.resume(await tester.connect(), changes);
}

/** The rules. */
export const RESUME_RULES: readonly Rule<ServerTester>[] = [
  {
    name: "a link is resumed over another transport, again and again",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      for (let i = 0; i < 3; i++) {
        link.link.drop();
        await resume(tester, link);
        await link.link.send(ignorable(10));
        await link.allAcknowledged();
      }
    },
  },
  {
    name: "RESUMED says to the byte what has arrived, also of an incomplete record",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      for (const bytes of [0, 1, 3, 4, 5, 11, 12, 13, 40, 103, 104, 150]) {
        link.link.recordBytes = 100;
        link.link.produce(concat([ignorable(60), ignorable(60)]));
        const expectedReceived = await link.link.flushPart(bytes);
        await link.link.cut();
        await resume(tester, link, { expectedReceived });
        await link.allAcknowledged();
      }
    },
  },
  {
    name: "what was sent and got lost is sent again",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      link.link.acknowledges = false;
      for (const bytes of [0, 1, 4, 8, 13, 20, 30]) {
        const before = link.mux.controls.length;
        link.link.cutAfterReading = bytes;
        await link.mux.sendControl({ type: "auth", token: tester.options.token ?? "none" });
        await link.link.watch.until(
          () => link.link.isEnded || undefined,
          `${bytes} bytes`,
          tester.patienceMs,
        );
        link.link.drop();
        await resume(tester, link);
        await link.link.watch.until(
          () => link.mux.controls.length > before || undefined,
          "AUTH_RESULT",
          tester.patienceMs,
        );
        mustEqual(link.mux.controls.length, before + 1, "AUTH_RESULTs in all");
      }
    },
  },
  {
    name: "a link that nobody knows is refused as resume_unknown",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      await mustRefuse(tester, link, "resume_unknown", { link: "00".repeat(16), epoch: 1 });
    },
  },
  {
    name: "a wrong mac is refused as resume_forged, and does no harm",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      await mustRefuse(tester, link, "resume_forged", { secret: new Uint8Array(32), epoch: 9 });
      const flipped = (await link.resumeRecord({ epoch: 9 })).slice();
      flipped[4 + 16 + 3]! ^= 1;
      const transport = await tester.connect();
      await transport.write(flipped);
      await tester.mustRefuse(transport, "resume_forged", false);
      await link.link.send(ignorable(10));
      await link.allAcknowledged();
      link.link.drop();
      await resume(tester, link);
    },
  },
  {
    name: "an epoch that is not above the last is refused as resume_stale, and does no harm",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      link.link.drop();
      await resume(tester, link, { epoch: 7 });
      for (const epoch of [7, 6, 0]) await mustRefuse(tester, link, "resume_stale", { epoch });
      await link.allAcknowledged();
      link.epoch = 7;
      link.link.drop();
      await resume(tester, link);
    },
  },
  {
    name: "a RESUME that is replayed is refused as resume_stale",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      const record = await link.resumeRecord();
      link.link.drop();
      const first = await tester.connect();
      await first.write(record);
      const received = await link.checkResumed(
        await first.readRecord("RESUMED", tester.patienceMs),
      );
      link.link.attach(first, received);
      const second = await tester.connect();
      await second.write(record);
      await tester.mustRefuse(second, "resume_stale", false);
      await link.allAcknowledged();
    },
  },
  {
    name: "an impossible offset is refused as resume_impossible",
    section: 6,
    async check(tester) {
      const link = await tester.claimed();
      const { received } = link.link;
      await mustRefuse(tester, link, "resume_impossible", { received: received + 1, epoch: 1 });
      await mustRefuse(tester, link, "resume_impossible", { received: 2 ** 52, epoch: 2 });
      // What was acknowledged may have been forgotten.
      await mustRefuse(tester, link, "resume_impossible", { received: received - 1, epoch: 3 });
      link.epoch = 3;
      link.link.drop();
      await resume(tester, link);
    },
  },
  {
    name: "a RESUME that is too short is refused as bad_hello",
    section: 13,
    async check(tester) {
      const transport = await tester.connect();
      await transport.write(encodeRecord(RecordType.resume, new Uint8Array(59)));
      await tester.mustRefuse(transport, "bad_hello", false);
    },
  },
  {
    name: "after a refused RESUME, HELLO may follow on the same transport, once",
    section: 4,
    async check(tester) {
      const link = await tester.session();
      const transport = await tester.connect();
      await transport.write(await link.resumeRecord({ link: "00".repeat(16), epoch: 1 }));
      await tester.mustRefuse(transport, "resume_unknown", false);
      const next = await tester.session({}, transport);
      await next.allAcknowledged();

      const other = await tester.connect();
      for (let i = 0; i < 2; i++) {
        await other.write(await link.resumeRecord({ link: "00".repeat(16), epoch: 1 }));
        if (i === 0) await tester.mustRefuse(other, "resume_unknown", false);
      }
      await other.mustEnd("the end after a second RESUME", tester.patienceMs);
    },
  },
  {
    name: "a link is moved while its transport works, and late bytes of the old one are dropped",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      await link.link.send(ignorable(10));
      await link.allAcknowledged();
      const old = link.link.transport!;
      await resume(tester, link, { expectedReceived: link.link.produced });
      // As if it had been under way: were it taken, the link would be out of step.
      await old.write(encodeRecord(RecordType.data, Uint8Array.of(0xff, 0xff, 0xff, 0)));
      await old.mustEnd("the end of the old transport", tester.patienceMs);
      await link.link.send(ignorable(10));
      await link.allAcknowledged();
    },
  },
  {
    name: "of two RESUMEs at once, at least the one with the higher epoch is granted",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      link.link.drop();
      const [low, high] = [await tester.connect(), await tester.connect()];
      const records = [
        await link.resumeRecord({ epoch: 5 }),
        await link.resumeRecord({ epoch: 6 }),
      ];
      await Promise.all([low.write(records[0]!), high.write(records[1]!)]);
      const answer = await high.readRecord("RESUMED", tester.patienceMs);
      const received = await link.checkResumed(answer, 6);
      link.link.attach(high, received);
      await low.mustEnd("the end of the transport with the lower epoch", tester.patienceMs);
      await link.link.send(ignorable(10));
      await link.allAcknowledged();
    },
  },
  {
    name: "after CLOSE a link is unknown",
    section: 6,
    async check(tester) {
      const link = await tester.session();
      await link.link.write(encodeRecord(RecordType.close, new Uint8Array(2)));
      await link.link.transport?.endWriting();
      await link.mustEnd();
      await mustRefuse(tester, link, "resume_unknown", {});
      must(link.link.closed === undefined, "no CLOSE in answer to CLOSE", "one");
    },
  },
];
