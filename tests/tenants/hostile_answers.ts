/**
 * Ways to answer one request so that whoever loses count reads something else.
 *
 * @module
 */

import { FRAME_HEADER_BYTES } from "../../protocol/mux/frame.ts";
import type { ResponseHead } from "../../protocol/mux/head.ts";
import { encodeHeadFrame } from "../../protocol/mux/outbound.ts";
import type { ScriptedLink } from "../conformance/wire/scripted_link.ts";
import type { ScriptedStream } from "../conformance/wire/scripted_stream.ts";
import { latin1Bytes } from "../support/raw_connection.ts";

/** What would be Alice's answer to whoever loses count. */
const FAKE = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON";

/** A way to answer. */
export interface Trick {
  readonly what: string;
  /** The method of the request to Mallory. @default {"GET"} */
  readonly method?: string;
  answer(stream: ScriptedStream, link: ScriptedLink): Promise<void>;
}

/** A head of these parts. */
export function head(
  headers: string,
  status = 200,
  reason = "OK",
  minorVersion = 1,
): ResponseHead {
  return { status, minorVersion, reason, headers: latin1Bytes(headers) };
}

/** A head and a body in one frame, and the end. */
function whole(
  what: string,
  headers: string,
  body: string,
  { status = 200, reason = "OK", method = "GET", minorVersion = 1 } = {},
): Trick {
  return {
    what,
    method,
    answer: (stream) =>
      stream.respond(head(headers, status, reason, minorVersion), latin1Bytes(body), true),
  };
}

/** As {@linkcode whole}, but the body comes in a frame of its own. */
function apart(trick: Trick, headers: string, body: string, status = 200): Trick {
  return {
    what: `${trick.what}, in two frames`,
    method: trick.method ?? "GET",
    answer: async (stream) => {
      await stream.respond(head(headers, status));
      await stream.send(latin1Bytes(body), { fin: true });
    },
  };
}

/** Numbers that an encoder would not write. */
function numbers(what: string, status: number, minorVersion: number): Trick {
  return {
    what,
    async answer(stream, link) {
      const frame = encodeHeadFrame(stream, head("Content-Length: 2\r\n"), latin1Bytes("ok"), true);
      const at = FRAME_HEADER_BYTES + 3;
      frame.set([status >> 8, status & 255, minorVersion], at);
      await link.send(frame);
    },
  };
}

const LENGTHS: readonly Trick[] = [
  whole("a body longer than its length", "Content-Length: 2\r\n", `ok${FAKE}`),
  whole("a body shorter than its length", "Content-Length: 500\r\n", "ok"),
  whole("a length of 0 and a body", "Content-Length: 0\r\n", FAKE),
  whole("two lengths", "Content-Length: 2\r\nContent-Length: 200\r\n", "ok"),
  whole("the same length twice", "Content-Length: 2\r\nContent-Length: 2\r\n", "ok"),
  whole("a list of lengths", "Content-Length: 2, 200\r\n", "ok"),
  whole("a length with a sign", "Content-Length: +2\r\n", "ok"),
  whole("a length in hexadecimal", "Content-Length: 0x2\r\n", "ok"),
  whole("a length below zero", "Content-Length: -1\r\n", "ok"),
  whole("a length beyond all numbers", `Content-Length: ${"9".repeat(40)}\r\n`, "ok"),
  whole("an empty length", "Content-Length: \r\n", "ok"),
  whole("a length and chunks", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "ok"),
  whole("chunks in a body of chunks", "Transfer-Encoding: chunked\r\n", `0\r\n\r\n${FAKE}`),
  whole("chunks twice", "Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"),
  whole("another coding", "Transfer-Encoding: gzip\r\n", "ok"),
  whole("identity", "Transfer-Encoding: identity\r\nContent-Length: 2\r\n", "ok"),
  whole("chunks of HTTP/1.0", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", { minorVersion: 0 }),
  whole("no length, and HTTP/1.0", "", FAKE, { minorVersion: 0 }),
  whole("HEAD with a body", "Content-Length: 53\r\n", FAKE, { method: "HEAD" }),
  whole("HEAD without a length, with a body", "", FAKE, { method: "HEAD" }),
  whole("204 with a body", "", FAKE, { status: 204 }),
  whole("204 with a length", "Content-Length: 53\r\n", FAKE, { status: 204 }),
  whole("205 with a body", "", FAKE, { status: 205 }),
  whole("304 with a body", "Content-Length: 53\r\n", FAKE, { status: 304 }),
  whole("a close that is not ours", "Connection: close\r\n", FAKE),
  whole("fields named by Connection", "Connection: Content-Length\r\nContent-Length: 2\r\n", "ok"),
];

const HEADS: readonly Trick[] = [
  whole("a reason that ends the line", "", "ok", { reason: "OK\r\n\r\nPOISON" }),
  whole("a reason with a field in it", "", "ok", { reason: "OK\r\nContent-Length: 0" }),
  whole("a reason with a bare LF", "", "ok", { reason: "OK\nX: y" }),
  whole("a reason with a NUL", "", "ok", { reason: "O\0K" }),
  whole("a block that ends the head", `A: b\r\n\r\n${FAKE}`, ""),
  whole("a block that starts with the end", `\r\n${FAKE}`, ""),
  whole("a bare LF", `A: b\n\n${FAKE}\r\n`, ""),
  whole("a bare CR", "A: b\rContent-Length: 0\r\n", "ok"),
  whole("a NUL", "A: b\0c\r\n", "ok"),
  whole("a folded line", "A: b\r\n Content-Length: 0\r\n", "ok"),
  whole("a space before the colon", "Content-Length : 0\r\n", "ok"),
  whole("a line without a colon", "Content-Length 0\r\n", "ok"),
  whole("an empty name", ": 0\r\n", "ok"),
  whole("no end of the last line", "A: b", "ok"),
  whole("a field name with a line end", "A\r\nB: c\r\n", "ok"),
  ...[0, 1, 99, 1000, 65_535].map((status) => numbers(`status ${status}`, status, 1)),
  ...[2, 9, 255].map((minor) => numbers(`version 1.${minor}`, 200, minor)),
  whole("an upgrade that nobody asked for", "Upgrade: x\r\nConnection: Upgrade\r\n", FAKE, {
    status: 101,
  }),
  whole("a head of 127 KiB", `A: ${"a".repeat(127 * 1024)}\r\n`, "ok"),
  whole("a head of 300 fields", "A: b\r\n".repeat(300), "ok"),
];

const ORDERS: readonly Trick[] = [
  {
    what: "1,000 informational answers",
    async answer(stream) {
      for (let i = 0; i < 1000; i++) await stream.respond(head("Link: </a>\r\n", 103, ""));
      await stream.respond(head("Content-Length: 2\r\n"), latin1Bytes("ok"), true);
    },
  },
  {
    what: "an informational answer with a length",
    async answer(stream) {
      await stream.respond(head("Content-Length: 53\r\n", 103));
      await stream.respond(head("Content-Length: 2\r\n"), latin1Bytes("ok"), true);
    },
  },
  {
    what: "an informational answer with a body",
    answer: (stream) => stream.respond(head("", 103), latin1Bytes(FAKE)),
  },
  {
    what: "an informational answer that ends it all",
    answer: (stream) => stream.respond(head("", 100), undefined, true),
  },
  {
    what: "two final answers",
    async answer(stream) {
      await stream.respond(head("Content-Length: 2\r\n"), latin1Bytes("ok"));
      await stream.respond(head("Content-Length: 6\r\n"), latin1Bytes("POISON"), true);
    },
  },
  {
    what: "a body before the head",
    async answer(stream) {
      await stream.send(latin1Bytes(FAKE));
      await stream.respond(head("Content-Length: 2\r\n"), latin1Bytes("ok"), true);
    },
  },
  {
    what: "a body after the end",
    async answer(stream) {
      await stream.respond(head("Content-Length: 2\r\n"), latin1Bytes("ok"), true);
      await stream.send(latin1Bytes(FAKE), { fin: true });
    },
  },
  {
    what: "trailers that speak of framing",
    async answer(stream) {
      await stream.respond(head(""), latin1Bytes("ok"));
      await stream.sendTrailers(latin1Bytes("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"));
    },
  },
  {
    what: "trailers that end the message",
    async answer(stream) {
      await stream.respond(head(""), latin1Bytes("ok"));
      await stream.sendTrailers(latin1Bytes(`A: b\r\n\r\n${FAKE}`));
    },
  },
  {
    what: "trailers behind a length",
    async answer(stream) {
      await stream.respond(head("Content-Length: 2\r\n"), latin1Bytes("ok"));
      await stream.sendTrailers(latin1Bytes("A: b\r\n"));
    },
  },
  { what: "RESET at once", answer: (stream) => stream.reset(4) },
  {
    what: "RESET in the middle",
    async answer(stream) {
      await stream.respond(head("Content-Length: 500\r\n"), latin1Bytes("ok"));
      await stream.reset(4);
    },
  },
  {
    what: "nothing but CREDIT, and then the end",
    async answer(stream) {
      await stream.grant(2 ** 30);
      await stream.respond(head("Content-Length: 0\r\n"), undefined, true);
    },
  },
];

/** All of them. */
export const TRICKS: readonly Trick[] = [
  ...LENGTHS,
  apart(LENGTHS[0]!, "Content-Length: 2\r\n", `ok${FAKE}`),
  apart(LENGTHS[1]!, "Content-Length: 500\r\n", "ok"),
  apart({ ...LENGTHS[18]!, method: "HEAD" }, "Content-Length: 53\r\n", FAKE),
  apart(LENGTHS[20]!, "", FAKE, 204),
  ...HEADS,
  ...ORDERS,
];
