/**
 * Acknowledgements, pings, and frames that may be ignored.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { encodeRecord, RecordType } from "../../../protocol/link/record.ts";
import { encodeFrame } from "../../../protocol/mux/outbound.ts";
import { must, mustEqual, type Rule } from "../wire/rule.ts";
import { CLIENT_TERMS, type ServerTester } from "./server_tester.ts";

/** What the network and a busy machine may take. */
const SLACK_MS = 500;

const PING_ECHO = Uint8Array.of(0xff, 0, 1, 2, 3, 4, 5, 0xfe);

function ignorable(length: number, type = 0x80): Uint8Array {
  return encodeFrame(type, new Uint8Array(length));
}

/** The rules. */
export const LINK_RULES: readonly Rule<ServerTester>[] = [
  {
    name: "what came is acknowledged within a second",
    section: 5,
    async check(tester) {
      const { link } = await tester.session();
      await link.send(ignorable(10));
      await link.watch.until(
        () => link.peerReceived === link.produced || undefined,
        "ACK within 1000 ms",
        1000 + SLACK_MS,
      );
    },
  },
  {
    name: "a quarter of the client's `resend` is acknowledged at once",
    section: 5,
    async check(tester) {
      const { link } = await tester.session({ terms: { ...CLIENT_TERMS, resend: 65_536 } });
      for (let i = 0; i < 4; i++) await link.send(ignorable(5000));
      await link.watch.until(
        () => link.peerReceived >= 16_384 || undefined,
        "ACK of at least 16384",
        SLACK_MS,
      );
    },
  },
  {
    name: "an ACK goes with PONG, which has the eight bytes of PING",
    section: 5,
    async check(tester) {
      const { link } = await tester.session();
      await link.send(ignorable(10));
      await link.write(encodeRecord(RecordType.ping, PING_ECHO));
      const pong = await link.record(({ kind }) => kind === "pong", "PONG", SLACK_MS);
      mustEqual([...pong.payload], [...PING_ECHO], "the bytes of PING");
      await link.watch.until(
        () => link.peerReceived === link.produced || undefined,
        "ACK together with PONG",
        SLACK_MS / 2,
      );
    },
  },
  {
    name: "an ACK goes before the next DATA",
    section: 5,
    async check(tester) {
      const { link, mux } = await tester.session();
      await mux.sendControl({ type: "auth", token: tester.options.token ?? "none" });
      await mux.control("auth_result");
      const kinds = link.noted.map(({ kind }) => kind)
        .filter((kind) => kind === "ack" || kind === "data");
      mustEqual(kinds[0], "ack", "first of ACK and DATA");
    },
  },
  {
    name: "of many pings at once the last is answered",
    section: 5,
    async check(tester) {
      const { link } = await tester.session();
      const pings = Array.from(
        { length: 32 },
        (_, i) => encodeRecord(RecordType.ping, Uint8Array.of(9, 9, 9, 9, 9, 9, 9, i)),
      );
      await link.write(concat(pings));
      await link.record(
        ({ kind, payload }) => kind === "pong" && payload[7] === 31,
        "PONG to the last PING",
        SLACK_MS,
      );
    },
  },
  {
    name: "frames from 80 are skipped, whatever their flags and slot",
    section: 7,
    async check(tester) {
      const link = await tester.session();
      for (const type of [0x80, 0xc3, 0xff]) {
        for (const length of [0, 1, 65_536]) await link.link.send(ignorable(length, type));
        const odd = ignorable(5, type);
        odd[4] = 0xff;
        odd[5] = odd[6] = 0xff;
        await link.link.send(odd);
      }
      await link.allAcknowledged();
    },
  },
  {
    name: "frames may be cut into DATA records of any length",
    section: 3,
    async check(tester) {
      const link = await tester.session();
      for (const recordBytes of [1, 3, 8, 13]) {
        link.link.recordBytes = recordBytes;
        await link.link.send(ignorable(100));
        await link.mux.sendControl({ type: "auth", token: tester.options.token ?? "none" });
      }
      await link.mux.control("auth_result", 3);
    },
  },
  {
    name: "control frames may have unknown keys",
    section: 11,
    async check(tester) {
      const { mux } = await tester.session();
      await mux.sendJson(0x15, { token: tester.options.token ?? "none", future: [{}] });
      await mux.control("auth_result");
    },
  },
  {
    name: "a server that hears nothing pings, and hangs up, when it said it would",
    section: 5,
    async check(tester) {
      const { link, welcome } = await tester.session();
      const { pingAfterMs, deadAfterMs } = welcome;
      await link.write(encodeRecord(RecordType.pong, PING_ECHO));
      link.answersPings = link.acknowledges = false;
      link.noted = [];
      const from = performance.now();
      await link.watch.until(
        () =>
          link.noted.some(({ kind, at }) =>
            kind === "ping" && at - from > pingAfterMs - SLACK_MS / 4
          ) || undefined,
        `PING after ${pingAfterMs} ms`,
        pingAfterMs + SLACK_MS,
      );
      await link.watch.until(
        () => link.isEnded || undefined,
        `the end after ${deadAfterMs} ms`,
        deadAfterMs - pingAfterMs + SLACK_MS,
      );
      const took = Math.round(performance.now() - from);
      must(took > deadAfterMs - SLACK_MS / 4, `the end after ${deadAfterMs} ms`, `${took} ms`);
    },
  },
  {
    name: "CLOSE makes the server hang up",
    section: 5,
    async check(tester) {
      const link = await tester.session();
      await link.link.write(encodeRecord(RecordType.close, new Uint8Array(2)));
      await link.link.transport?.endWriting();
      await link.mustEnd();
    },
  },
];
