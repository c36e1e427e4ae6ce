/**
 * Streams: what a server makes of visitors, and of what a client answers.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { HttpOpen, ResponseHead } from "../../../protocol/mux/head.ts";
import { fromLatin1 } from "../../vectors/meaning.ts";
import { pattern } from "../wire/pattern.ts";
import { broken, must, mustEqual, mustEqualBytes, type Rule, RuleSkipped } from "../wire/rule.ts";
import { pause } from "../wire/watch.ts";
import type { ServerLink } from "./server_link.ts";
import { CLIENT_TERMS, type ServerTester } from "./server_tester.ts";
import { Visitor } from "./visitor.ts";

/** How long a server is watched that must not send. */
const WATCH_MS = 200;

/** An answer's head. */
function head(status: number, headers = "", reason = "Fine"): ResponseHead {
  return { status, minorVersion: 1, reason, headers: fromLatin1(headers) };
}

/** Connects and sends the head of a request. */
export async function visit(
  tester: ServerTester,
  method = "GET",
  headers = "",
  target = "/visit?a=1",
): Promise<Visitor> {
  const url = tester.options.visit;
  if (url === undefined) throw new RuleSkipped("needs --visit");
  const visitor = new Visitor(await tester.visitor(url), tester.patienceMs);
  await visitor.write(`${method} ${target} HTTP/1.1\r\nHost: ${url.host}\r\n${headers}\r\n`);
  return visitor;
}

function needVisit(tester: ServerTester): void {
  if (tester.options.visit === undefined) throw new RuleSkipped("needs --visit");
}

/** Shows that the session has come through. */
async function mustServe(tester: ServerTester, link: ServerLink): Promise<void> {
  const nth = link.mux.streams.length;
  const visitor = await visit(tester);
  const stream = await link.mux.opened(nth);
  await stream.respond(head(200, "Content-Length: 2\r\n"), fromLatin1("ok"), true);
  mustEqual(await visitor.status(), 200, "status");
  visitor.close();
}

/** The rules. */
export const VISIT_RULES: readonly Rule<ServerTester>[] = [
  {
    name: "a GET opens an http stream with FIN, and the answer reaches the visitor",
    section: 9,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      const visitor = await visit(tester, "GET", "X-Odd:  1\r\nx-odd: 2\r\n");
      const stream = await link.mux.opened(0);
      const open = stream.head as HttpOpen;
      mustEqual([open.kind, open.tunnel, open.scheme], ["http", 1, "http"], "kind, tunnel, scheme");
      mustEqual([open.method, open.target], ["GET", "/visit?a=1"], "method and target");
      mustEqual(open.minorVersion, 1, "version");
      mustEqual(open.authority, tester.options.visit!.host, "authority");
      must(/^(\[[0-9a-f:]+\]|[0-9.]+):\d+$/.test(open.visitor), "an address", open.visitor);
      const block = Array.from(open.headers, (byte) => String.fromCharCode(byte)).join("");
      must(/^X-Odd: *1\r\nx-odd: *2\r\n/m.test(block), "the header lines in order", block);
      mustEqual(await stream.end(), "fin", "an end by");
      await stream.respond(head(200, "Content-Length: 5\r\n"), fromLatin1("hello"), true);
      mustEqualBytes(await visitor.body(5), fromLatin1("hello"), "the body");
      must(/^HTTP\/1\.1 200 Fine\r\n/.test(visitor.text), "the reason phrase", visitor.text);
    },
  },
  {
    name: "informational answers do no harm",
    section: 8,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      const visitor = await visit(tester);
      const stream = await link.mux.opened(0);
      for (const link of ["</a>", "</b>"]) await stream.respond(head(103, `Link: ${link}\r\n`));
      await stream.respond(head(200, "Content-Length: 2\r\n"), fromLatin1("ok"), true);
      mustEqual(await visitor.status(), 200, "status");
      mustEqualBytes(await visitor.body(2), fromLatin1("ok"), "the body");
    },
  },
  {
    name: "an upload arrives as it is, within the window, to the byte",
    section: 10,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed({ terms: { ...CLIENT_TERMS, window: 1024 } });
      link.mux.grants = false;
      const body = pattern(200_000);
      const visitor = await visit(tester, "POST", `Content-Length: ${body.length}\r\n`);
      const sending = visitor.write(body);
      const stream = await link.mux.opened(0);
      await stream.bodyOf(1024);
      await pause(WATCH_MS);
      mustEqual(stream.body.length, 1024, "bytes without CREDIT");
      await stream.grant(1);
      await stream.bodyOf(1025);
      stream.grants = true;
      await stream.grant(body.length);
      await sending;
      mustEqualBytes(await stream.bodyOf(body.length), body, "the body");
      mustEqual(await stream.end(), "fin", "an end by");
      await stream.respond(head(204), undefined, true);
      mustEqual(await visitor.status(), 204, "status");
    },
  },
  {
    name: "an upload in chunks arrives as its content",
    section: 9,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      const visitor = await visit(tester, "POST", "Transfer-Encoding: chunked\r\n");
      await visitor.write("5\r\nhello\r\n");
      const stream = await link.mux.opened(0);
      mustEqualBytes(await stream.bodyOf(5), fromLatin1("hello"), "the body so far");
      await visitor.write("1;a=b\r\n!\r\n0\r\n\r\n");
      mustEqualBytes(await stream.bodyOf(6), fromLatin1("hello!"), "the body");
      const end = await stream.end();
      must(end !== "reset", "FIN or TRAILERS", end);
      await stream.respond(head(204), undefined, true);
      mustEqual(await visitor.status(), 204, "status");
    },
  },
  {
    name: "a download of 5 MiB is granted and arrives as it is",
    section: 10,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      const body = pattern(5 << 20);
      const visitor = await visit(tester);
      const stream = await link.mux.opened(0);
      await stream.respond(head(200, `Content-Length: ${body.length}\r\n`));
      await stream.send(body, { fin: true });
      mustEqualBytes(await visitor.body(body.length), body, "the body");
    },
  },
  {
    name: "an answer is passed on piece by piece",
    section: 8,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      const visitor = await visit(tester);
      const stream = await link.mux.opened(0);
      await stream.respond(head(200, "Content-Type: text/event-stream\r\n"));
      for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
        await stream.send(fromLatin1(event));
        await visitor.until((text) => text.includes(event), JSON.stringify(event));
      }
      await stream.send(new Uint8Array(0), { fin: true });
      await visitor.until((text) => /\r\n0\r\n\r\n$/.test(text), "the last chunk");
    },
  },
  {
    name: "trailers reach the visitor of a chunked answer",
    section: 9,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      const visitor = await visit(tester, "GET", "TE: trailers\r\n");
      const stream = await link.mux.opened(0);
      const headers = "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n";
      await stream.respond(head(200, headers), fromLatin1("ok"));
      await stream.sendTrailers(fromLatin1("X-Sum: 9\r\n"));
      await visitor.until(
        (text) => /2\r\nok\r\n0\r\nX-Sum: 9\r\n\r\n$/.test(text),
        "chunks and trailers",
      );
    },
  },
  {
    name: "RESET of any code before the answer gives the visitor an error, and nobody else",
    section: 13,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      for (const code of [0, 2, 3, 4, 5, 7, 9, 10, 65_535]) {
        const nth = link.mux.streams.length;
        const visitor = await visit(tester, "POST", "Content-Length: 10\r\n");
        const stream = await link.mux.opened(nth);
        await stream.reset(code);
        mustEqual(await stream.end(), "reset", "an end by");
        const status = await visitor.status();
        must(status >= 500 && status <= 599, `5xx for RESET ${code}`, `${status}`);
        visitor.close();
      }
      await mustServe(tester, link);
    },
  },
  {
    name: "RESET in the middle of an answer breaks the visitor's connection",
    section: 8,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      for (const headers of ["Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"]) {
        const nth = link.mux.streams.length;
        const visitor = await visit(tester);
        const stream = await link.mux.opened(nth);
        await stream.respond(head(200, headers), fromLatin1("half"));
        await visitor.body(4);
        await stream.reset(4);
        await visitor.end();
        must(!visitor.text.endsWith("0\r\n\r\n"), "an answer that is cut", "a complete one");
      }
      await mustServe(tester, link);
    },
  },
  {
    name: "an answer whose body is not what its head said is not passed on as whole",
    section: 9,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      for (const body of ["abc", "abcdefghij"]) {
        const nth = link.mux.streams.length;
        const visitor = await visit(tester);
        const stream = await link.mux.opened(nth);
        await stream.respond(head(200, "Content-Length: 5\r\n"));
        await stream.send(fromLatin1(body), { fin: true });
        await visitor.end();
        const came = visitor.text.split("\r\n\r\n").at(-1)!;
        must(came.length <= 5, "at most 5 bytes", came);
      }
      await mustServe(tester, link);
    },
  },
  {
    name: "a header block that is not HTTP is not passed on",
    section: 9,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      const blocks = [
        "X-A: 1\r\n\r\nX-B: 2\r\n",
        "X A: 1\r\n",
        "X-A: \0\r\n",
        "X-A: 1\nX-B: 2\r\n",
        "no colon\r\n",
        "X-A: 1",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
      ];
      for (const block of blocks) {
        const nth = link.mux.streams.length;
        const visitor = await visit(tester);
        const stream = await link.mux.opened(nth);
        await stream.respond(head(200, block), fromLatin1("ok"), true);
        const status = await visitor.status();
        if (status < 500) throw broken(`5xx for ${JSON.stringify(block)}`, visitor.text);
        visitor.close();
      }
      await mustServe(tester, link);
    },
  },
  {
    name: "a visitor who leaves makes the server RESET",
    section: 8,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      const visitor = await visit(tester, "POST", "Content-Length: 10\r\n");
      const stream = await link.mux.opened(0);
      await visitor.write("half");
      await stream.bodyOf(4);
      visitor.close();
      mustEqual(await stream.end(), "reset", "an end by");
      mustEqual(stream.resetCode, 0, "the code of RESET, cancelled");
      await stream.reset(0);
      await mustServe(tester, link);
    },
  },
  {
    name: "50 visitors at once get what is theirs",
    section: 8,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      const visitors = await Promise.all(
        Array.from({ length: 50 }, (_, i) => visit(tester, "GET", "", `/${i}`)),
      );
      for (let i = 0; i < visitors.length; i++) await link.mux.opened(i);
      const answers = link.mux.streams.toReversed().map(async (stream) => {
        const { target } = stream.head as HttpOpen;
        const body = fromLatin1(target);
        await stream.respond(head(200, `Content-Length: ${body.length}\r\n`), body, true);
      });
      await Promise.all(answers);
      for (const [i, visitor] of visitors.entries()) {
        const wanted = `/${i}`;
        mustEqualBytes(await visitor.body(wanted.length), fromLatin1(wanted), "the body");
        visitor.close();
      }
    },
  },
  {
    name: "no more streams are open at once than the client's terms allow",
    section: 4,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed({ terms: { ...CLIENT_TERMS, streams: 2 } });
      const visitors = await Promise.all(Array.from({ length: 4 }, () => visit(tester)));
      await link.mux.opened(1);
      await link.link.watch.quiet(WATCH_MS);
      for (const stream of [...link.mux.streams]) await stream.respond(head(204), undefined, true);
      await mustServe(tester, link).catch((error) => {
        // A server may let visitors wait, and then the next stream is one of theirs.
        if (link.mux.streams.length <= 2) throw error;
      });
      for (const visitor of visitors) visitor.close();
    },
  },
  {
    name: "an answer goes on after the transport was cut",
    section: 6,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      const visitor = await visit(tester, "POST", "Content-Length: 6\r\n");
      await visitor.write("abc");
      const stream = await link.mux.opened(0);
      await stream.bodyOf(3);
      const body = pattern(300_000);
      await stream.respond(head(200, `Content-Length: ${body.length}\r\n`));
      await stream.send(body.subarray(0, 100_000));
      link.link.drop();
      await visitor.write("def");
      await link.resume(await tester.connect());
      await stream.send(body.subarray(100_000), { fin: true });
      mustEqualBytes(await visitor.body(body.length), body, "the answer");
      mustEqualBytes(await stream.bodyOf(6), fromLatin1("abcdef"), "the request");
    },
  },
  {
    name: "a visitor who comes while the link is paused is answered after the resume",
    section: 6,
    async check(tester) {
      needVisit(tester);
      const link = await tester.claimed();
      await link.link.cut();
      const visitor = await visit(tester);
      await pause(WATCH_MS);
      await link.resume(await tester.connect());
      const stream = await link.mux.opened(0);
      const body = concat([fromLatin1("late"), pattern(100)]);
      await stream.respond(head(200, `Content-Length: ${body.length}\r\n`), body, true);
      mustEqualBytes(await visitor.body(body.length), body, "the body");
    },
  },
];
