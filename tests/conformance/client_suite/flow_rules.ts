/**
 * Flow control: what a client may send, and what it must grant.
 *
 * @module
 */

import { must, mustEqual, type Rule } from "../wire/rule.ts";
import type { ClientTester } from "./client_tester.ts";
import { pattern } from "../wire/pattern.ts";

/** How long a client is watched that must not send. */
const WATCH_MS = 200;

/** The rules. */
export const FLOW_RULES: readonly Rule<ClientTester>[] = [
  {
    name: "a client sends what was granted, to the byte, and no more",
    section: 10,
    async check(tester) {
      const link = await tester.session({ window: 1024 });
      const stream = await link.request("POST", "/window");
      stream.grants = false;
      await stream.send(pattern(6000), { fin: true });
      await stream.bodyOf(1024);
      await link.link.watch.quiet(WATCH_MS);
      mustEqual(stream.body.length, 1024, "bytes without CREDIT");
      for (const [credit, total] of [[1, 1025], [2000, 3025], [2974, 5999]] as const) {
        await stream.grant(credit);
        await stream.bodyOf(total);
        await link.link.watch.quiet(WATCH_MS / 4);
        mustEqual(stream.body.length, total, "bytes");
      }
      await stream.grant(1);
      await link.mustAnswer(stream, pattern(6000));
    },
  },
  {
    name: "FIN needs no CREDIT",
    section: 10,
    async check(tester) {
      const link = await tester.session({ window: 1024 });
      const stream = await link.request("POST", "/fin");
      stream.grants = false;
      await stream.send(pattern(1024), { fin: true });
      await link.mustAnswer(stream, pattern(1024));
    },
  },
  {
    name: "TRAILERS need no CREDIT",
    section: 10,
    async check(tester) {
      const link = await tester.session({ window: 1024 });
      const stream = await link.request("POST", "/trailers");
      stream.grants = false;
      await stream.send(pattern(1024));
      await stream.sendTrailers(new TextEncoder().encode("X-A: b\r\n"));
      await link.mustAnswer(stream, pattern(1024), "trailers");
    },
  },
  {
    name: "a stream that is stalled does not hold up the others",
    section: 10,
    async check(tester) {
      const link = await tester.session({ window: 1024 });
      const stalled = await link.request("POST", "/stalled");
      stalled.grants = false;
      await stalled.send(pattern(8192));
      await stalled.bodyOf(1024);
      const other = await link.request("POST", "/other");
      const body = pattern(100_000);
      await Promise.all([other.send(body, { fin: true }), link.mustAnswer(other, body)]);
      await stalled.grant(8192);
      await stalled.send(new Uint8Array(0), { fin: true });
      await link.mustAnswer(stalled, pattern(8192));
    },
  },
  {
    name: "a client grants what it has read",
    section: 10,
    async check(tester) {
      const link = await tester.session();
      const { window } = link.hello.terms;
      const stream = await link.request("POST", "/grant");
      const body = pattern(4 * window);
      await Promise.all([stream.send(body, { fin: true }), stream.bodyOf(body.length)]);
      must(stream.credit >= 3 * window, `CREDIT of at least ${3 * window}`, `${stream.credit}`);
      await link.mustAnswer(stream, body);
    },
  },
  {
    name: "CREDIT beyond what can be used is borne, up to a window of 2,147,483,647",
    section: 10,
    async check(tester) {
      const link = await tester.session({ window: 1024 });
      const stream = await link.request("POST", "/most");
      stream.grants = false;
      await link.mustBegin(stream);
      await stream.grant(2 ** 31 - 1 - 1024);
      await stream.send(pattern(5000), { fin: true });
      await link.mustAnswer(stream, pattern(5000));
    },
  },
];
