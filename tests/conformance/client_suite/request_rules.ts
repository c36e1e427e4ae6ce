/**
 * Single requests: heads, bodies and trailers of all kinds.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { HttpOpen } from "../../../protocol/mux/head.ts";
import { pattern } from "../wire/pattern.ts";
import { mustEqual, mustEqualBytes, type Rule } from "../wire/rule.ts";
import type { ClientLink } from "./client_link.ts";
import type { ClientTester } from "./client_tester.ts";

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Sends a body and insists that it comes back. */
async function echo(
  link: ClientLink,
  body: Uint8Array,
  options: { frameBytes?: number; headers?: string } = {},
): Promise<void> {
  const { headers, ...cut } = options;
  const stream = await link.request("POST", "/echo", headers === undefined ? {} : { headers });
  const answered = link.mustAnswer(stream, body);
  await Promise.all([stream.send(body, { fin: true, ...cut }), answered]);
}

const KIB = 1024;

/** The rules. */
export const REQUEST_RULES: readonly Rule<ClientTester>[] = [
  {
    name: "a GET is answered with 200 OK, X-Method and X-Target",
    section: 15,
    async check(tester) {
      const link = await tester.anySession();
      await link.mustAnswer(await link.request("GET", "/path?query=1", { fin: true }));
    },
  },
  {
    name: "methods and targets are taken as they are",
    section: 9,
    async check(tester) {
      const link = await tester.anySession();
      const odd = [["OPTIONS", "*"], ["PROPFIND", "http://other.example/x?y"], ["x", "/\xe9%20;"]];
      for (const [method, target] of odd) {
        await link.mustAnswer(await link.request(method!, target!, { fin: true }));
      }
      const long = `/${"a".repeat(60_000)}`;
      await link.mustAnswer(await link.request("GET", long, { fin: true }));
    },
  },
  ...[0, 1, 64 * KIB, 5 * KIB * KIB].map((length): Rule<ClientTester> => ({
    name: `a body of ${length.toLocaleString("en")} bytes comes back`,
    section: 15,
    async check(tester) {
      await echo(await tester.anySession(), pattern(length));
    },
  })),
  {
    name: "a body may come in DATA frames of any length",
    section: 7,
    async check(tester) {
      const link = await tester.anySession();
      for (const frameBytes of [1, 7, 1000]) {
        await echo(link, pattern(Math.min(20_011, 300 * frameBytes)), { frameBytes });
      }
    },
  },
  {
    name: "frames may be cut into DATA records of any length",
    section: 3,
    async check(tester) {
      const link = await tester.anySession();
      for (const recordBytes of [1, 3, 8, 13, 1021]) {
        link.link.recordBytes = recordBytes;
        await echo(link, pattern(Math.min(20_011, 100 * recordBytes)), {
          headers: `Host: a\r\nX-Long: ${"b".repeat(recordBytes)}\r\n`,
        });
      }
      link.link.recordBytes = 64 * KIB;
    },
  },
  {
    name: "a body may begin in OPEN, with FIN or without",
    section: 9,
    async check(tester) {
      const link = await tester.anySession();
      const body = pattern(300);
      await link.mustAnswer(await link.request("PUT", "/", { body, fin: true }), body);
      const stream = await link.request("PUT", "/", { body });
      await stream.send(body, { fin: true });
      await link.mustAnswer(stream, concat([body, body]));
      const large = pattern(Math.min(link.hello.terms.window, 65_536));
      await link.mustAnswer(await link.request("PUT", "/", { body: large, fin: true }), large);
    },
  },
  {
    name: "header blocks may have duplicates, odd case, no lines, and 100 KiB",
    section: 9,
    async check(tester) {
      const link = await tester.anySession();
      const blocks = [
        "",
        "HOST: a\r\nhost: a\r\nX-A: 1\r\nx-a: 2\r\nX-A:\r\nX-Latin: \xe9\xff\r\n",
        `Host: a\r\n${
          Array.from({ length: 250 }, (_, i) => `X-${i}: ${"v".repeat(400)}\r\n`).join("")
        }`,
      ];
      for (const headers of blocks) {
        await link.mustAnswer(await link.request("GET", "/", { headers, fin: true }));
      }
    },
  },
  {
    name: "what is in `extra` is skipped",
    section: 9,
    async check(tester) {
      const link = await tester.anySession();
      const { stream, frame } = link.mux.prepareOpen(link.head("GET", "/extra"), { fin: true });
      const visitor = (stream.head as HttpOpen).visitor;
      // Behind the frame's header, the head's length, kind, tunnel and visitor.
      const at = 8 + 3 + 3 + 1 + visitor.length;
      const extra = latin1("future");
      const longer = concat([
        frame.subarray(0, at),
        Uint8Array.of(0, extra.length),
        extra,
        frame.subarray(at + 2),
      ]);
      const view = new DataView(longer.buffer);
      longer[2]! += extra.length;
      view.setUint16(9, view.getUint16(9) + extra.length);
      await link.link.send(longer);
      await link.mustAnswer(stream);
    },
  },
  {
    name: "trailers come back behind the body",
    section: 15,
    async check(tester) {
      const link = await tester.anySession();
      const fields = latin1("X-Checksum: 1\r\nx-checksum: 2\r\nX-Empty:\r\n");
      const body = pattern(1000);
      const stream = await link.request("POST", "/trailers", { body });
      await stream.sendTrailers(fields);
      await link.mustAnswer(stream, body, "trailers");
      mustEqualBytes(stream.trailers ?? new Uint8Array(0), fields, "the trailers");
      const empty = await link.request("POST", "/trailers");
      await empty.sendTrailers(fields);
      await link.mustAnswer(empty, new Uint8Array(0), "trailers");
    },
  },
  {
    name: "a request that has not ended is answered at once, piece by piece",
    section: 15,
    async check(tester) {
      const link = await tester.anySession();
      const stream = await link.request("POST", "/slow");
      await link.mustBegin(stream);
      const body = pattern(30);
      for (let i = 1; i <= 3; i++) {
        await stream.send(body.subarray(10 * (i - 1), 10 * i));
        mustEqualBytes(await stream.bodyOf(10 * i), body.subarray(0, 10 * i), "the body so far");
      }
      mustEqual(stream.ended ?? "no end", "no end", "before the request has ended");
      await stream.send(new Uint8Array(0), { fin: true });
      await link.mustAnswer(stream, body);
    },
  },
];
