/**
 * Acknowledgements, pings, and frames that may be ignored.
 *
 * @module
 */

import { encodeRecord, RecordType } from "../../../protocol/link/record.ts";
import { encodeFrame } from "../../../protocol/mux/outbound.ts";
import { concat } from "@std/bytes/concat";
import { broken, must, mustEqual, type Rule } from "../wire/rule.ts";
import { pause } from "../wire/watch.ts";
import type { ClientTester } from "./client_tester.ts";
import { pattern } from "../wire/pattern.ts";

/** What the network and a busy machine may take. */
const SLACK_MS = 500;

const PING_ECHO = Uint8Array.of(0xff, 0, 1, 2, 3, 4, 5, 0xfe);

/** A frame that everybody skips, with `length` bytes. */
function ignorable(length: number, type = 0x80): Uint8Array {
  return encodeFrame(type, new Uint8Array(length));
}

/** The rules. */
export const LINK_RULES: readonly Rule<ClientTester>[] = [
  {
    name: "what came is acknowledged within a second",
    section: 5,
    async check(tester) {
      const link = await tester.session();
      await link.link.send(ignorable(10));
      const from = performance.now();
      await link.allAcknowledged();
      const took = Math.round(performance.now() - from);
      must(took <= 1000 + SLACK_MS, "an ACK within 1000 ms", `after ${took} ms`);
    },
  },
  {
    name: "131,072 bytes are acknowledged at once",
    section: 5,
    async check(tester) {
      const link = await tester.session();
      for (let i = 0; i < 3; i++) await link.link.send(ignorable(50_000));
      const from = performance.now();
      await link.link.watch.until(
        () => link.link.peerReceived >= 131_072 || undefined,
        "ACK of at least 131072",
        SLACK_MS,
      );
      must(performance.now() - from < SLACK_MS, "an ACK at once", "later");
    },
  },
  {
    name: "an ACK goes before the next DATA",
    section: 5,
    async check(tester) {
      const link = await tester.session();
      await link.link.acknowledge();
      link.link.noted = [];
      await link.mustAnswer(await link.request("GET", "/ack", { fin: true }));
      const kinds = link.link.noted.map(({ kind }) => kind)
        .filter((kind) => kind === "ack" || kind === "data");
      mustEqual(kinds[0], "ack", "first of ACK and DATA");
    },
  },
  {
    name: "an ACK goes with PONG",
    section: 5,
    async check(tester) {
      const link = await tester.session();
      await link.link.send(ignorable(10));
      await link.link.write(encodeRecord(RecordType.ping, PING_ECHO));
      await link.link.watch.until(
        () => link.link.peerReceived === link.link.produced || undefined,
        "ACK together with PONG",
        SLACK_MS,
      );
    },
  },
  {
    name: "PING is answered with its eight bytes",
    section: 5,
    async check(tester) {
      const link = await tester.anySession();
      link.link.noted = [];
      await link.link.write(encodeRecord(RecordType.ping, PING_ECHO));
      const pong = await link.link.record(({ kind }) => kind === "pong", "PONG", SLACK_MS);
      mustEqual([...pong.payload], [...PING_ECHO], "the bytes of PING");
    },
  },
  {
    name: "of many pings at once the last is answered",
    section: 5,
    async check(tester) {
      const link = await tester.session();
      const pings = Array.from(
        { length: 32 },
        (_, i) => encodeRecord(RecordType.ping, Uint8Array.of(9, 9, 9, 9, 9, 9, 9, i)),
      );
      await link.link.write(concat(pings));
      await link.link.record(
        ({ kind, payload }) => kind === "pong" && payload[7] === 31,
        "PONG to the last PING",
        SLACK_MS,
      );
    },
  },
  {
    name: "a PONG that nobody asked for is borne",
    section: 5,
    async check(tester) {
      const link = await tester.anySession();
      await link.link.write(encodeRecord(RecordType.pong, PING_ECHO));
      await link.mustAnswer(await link.request("GET", "/pong", { fin: true }));
    },
  },
  {
    name: "frames from 80 are skipped, whatever their flags and slot",
    section: 7,
    async check(tester) {
      const link = await tester.anySession();
      for (const type of [0x80, 0xc3, 0xff]) {
        for (const length of [0, 1, 65_536]) await link.link.send(ignorable(length, type));
        const odd = ignorable(5, type);
        odd[4] = 0xff;
        odd[5] = odd[6] = 0xff;
        await link.link.send(odd);
      }
      await link.mustAnswer(await link.request("GET", "/skipped", { fin: true }));
    },
  },
  {
    name: "control frames with unknown keys, and ones that do not matter, are borne",
    section: 11,
    async check(tester) {
      const link = await tester.anySession();
      await link.mux.sendJson(0x17, { inMs: 60_000, future: { a: [] } });
      await link.mux.sendJson(0x14, {
        tunnel: 999,
        reason: "from_the_future",
        message: "",
        drainMs: 0,
        future: 1,
      });
      await link.mustAnswer(await link.request("GET", "/control", { fin: true }));
    },
  },
  {
    name: "a client leaves no more unacknowledged than its `resend`",
    section: 5,
    async check(tester) {
      const link = await tester.session();
      const { resend, window } = link.hello.terms;
      link.link.acknowledges = false;
      const body = pattern(Math.min(window, 65_536));
      const before = link.link.received;
      const most = Math.ceil(Math.min(resend, 1 << 20) / body.length) + 4;
      const streams = [];
      for (let i = 0; i < Math.min(most, 90); i++) {
        streams.push(await link.request("POST", `/${i}`, { body, fin: true }));
      }
      await pause(SLACK_MS);
      const left = link.link.received - before;
      must(left <= resend, `at most ${resend} bytes without an ACK`, `${left}`);
      link.link.acknowledges = true;
      await link.link.acknowledge();
      for (const stream of streams) await link.mustAnswer(stream, body);
    },
  },
  {
    name: "a client that hears nothing pings after pingAfterMs, and hangs up after deadAfterMs",
    section: 5,
    async check(tester) {
      const link = await tester.session({ pingAfterMs: 300, deadAfterMs: 600 });
      link.link.answersPings = false;
      await link.link.write(encodeRecord(RecordType.pong, PING_ECHO));
      link.link.noted = [];
      const from = performance.now();
      link.link.acknowledges = false;
      const ping = await link.link.record(({ kind }) => kind === "ping", "PING", 300 + SLACK_MS);
      must(ping.at - from >= 250, "PING after 300 ms", `after ${Math.round(ping.at - from)} ms`);
      await link.link.watch.until(
        () => link.link.isEnded || undefined,
        "the end of the transport 600 ms after the last byte",
        300 + SLACK_MS,
      );
      const took = Math.round(performance.now() - from);
      must(took >= 550, "the end after 600 ms", `after ${took} ms`);
      link.link.drop();
      await tester.resumed(link);
    },
  },
  {
    name: "any byte is a sign of life",
    section: 5,
    async check(tester) {
      const link = await tester.session({ pingAfterMs: 300, deadAfterMs: 600 });
      link.link.answersPings = false;
      const record = encodeRecord(RecordType.data, ignorable(60));
      // A few bytes now and then, so that the record is complete only after the time is up.
      link.link.noteSent(record.subarray(4));
      for (let at = 0; at < record.length; at += 4) {
        await link.link.write(record.subarray(at, at + 4));
        await pause(75);
        if (link.link.isEnded) throw broken("a transport that lives", "its end");
      }
      link.link.answersPings = true;
      await link.mustAnswer(await link.request("GET", "/alive", { fin: true }));
    },
  },
];
