/**
 * Everything that a peer of either role can do wrong on the mux layer, and what
 * it gets for it. PROTOCOL.md has the same table.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { CloseCode } from "../../protocol/errors.ts";
import {
  MAX_CONTROL_BYTES,
  MAX_DATA_BYTES,
  MAX_HEAD_BYTES,
  MAX_IGNORED_BYTES,
} from "../../protocol/limits.ts";
import { FIN, FrameType } from "../../protocol/mux/frame.ts";
import { MuxEnd } from "./mux_end.ts";
import {
  answer,
  controlFrame,
  creditFrame,
  dataFrame,
  HTTP_HEAD,
  openFrame,
  openHeadBytes,
  rawFrame,
  resetFrame,
  responseFrame,
  responseHeadBytes,
  TCP_HEAD,
  withHead,
} from "./mux_raw.ts";

/** Which end does it. */
export type Role = "server" | "client";

/** One row of the table. */
export interface Violation {
  /** Who does it. */
  readonly peer: Role;
  /** What it does. */
  readonly name: string;
  /** What was before, seen from the end under test. */
  readonly before?: (end: MuxEnd) => void;
  /** What comes in. */
  readonly bytes: Uint8Array | (() => Uint8Array);
  /** How the session ends, or `ok` for what is allowed although it looks wrong. */
  readonly outcome: CloseCode | "ok";
}

/** The window of every stream, which does not grow. */
export const WINDOW = 4096;
/** Streams that may be open at once. */
export const STREAMS = 4;

const FINISHED = { flags: FIN };
const utf8 = new TextEncoder();

/** The other end of what `peer` does. */
export function makeEnd(peer: Role): MuxEnd {
  return new MuxEnd(peer === "server" ? "client" : "server", {
    limits: { streams: STREAMS, initialWindow: WINDOW, maxWindow: WINDOW },
    peer: { streams: STREAMS, window: WINDOW },
  });
}

/** The server has sent a request that has not ended; the client's answer has not begun. */
const asked = (end: MuxEnd): void => void end.open(HTTP_HEAD);
/** The request has ended, the answer has begun. */
const answered = (end: MuxEnd): void => {
  end.open(HTTP_HEAD, undefined, true);
  end.mux.receive(responseFrame(200));
};
/** The request goes on, the answer has ended. */
const answerEnded = (end: MuxEnd): void => {
  end.open(HTTP_HEAD);
  end.mux.receive(responseFrame(200, FINISHED));
};
/** A stream was opened and is over. */
const over = (end: MuxEnd): void => {
  end.open(HTTP_HEAD, undefined, true);
  end.mux.receive(responseFrame(200, FINISHED));
};
/** A stream is over, and its slot is used again. */
const again = (end: MuxEnd): void => {
  over(end);
  asked(end);
};
/** We have reset the stream and the client has not heard of it. */
const weReset = (end: MuxEnd): void => end.open(HTTP_HEAD).reset();
/** Seen from the client: a request has come and goes on. */
const gotRequest = (end: MuxEnd): void => end.mux.receive(openFrame());
/** Seen from the client: a request has come and ended. */
const gotWhole = (end: MuxEnd): void => end.mux.receive(openFrame(HTTP_HEAD, FINISHED));
/** Seen from the client: a stream has come and gone. */
const gotAndDone = (end: MuxEnd): void => {
  gotWhole(end);
  end.opened[0]!.stream.respond(answer(200), undefined, true);
};

/** The same frame, so many times. */
export function repeat(count: number, frame: Uint8Array): Uint8Array {
  return concat(Array.from({ length: count }, () => frame));
}

const bothPeers = (row: Omit<Violation, "peer">): Violation[] => [
  { ...row, peer: "client" },
  { ...row, peer: "server" },
];

/** What a CLAIM says at least. */
export const CLAIM = '{"tunnel":1,"kind":"http","mode":"claim"}';

const openHead = openHeadBytes(HTTP_HEAD);
const changedOpen = (at: number, value: number): Uint8Array => {
  const head = openHead.slice();
  head[at] = value;
  return rawFrame(FrameType.open, { payload: withHead(head) });
};
const SCHEME_AT = 6 + 15;
const withStatus = (status: number): Uint8Array => {
  const head = responseHeadBytes(answer(200));
  head[0] = status >>> 8;
  head[1] = status;
  return rawFrame(FrameType.response, { payload: withHead(head) });
};

/** The table. */
export const VIOLATIONS: readonly Violation[] = [
  // The header of a frame.
  ...bothPeers({ name: "type 0", bytes: rawFrame(0), outcome: "bad_frame" }),
  ...bothPeers({ name: "unknown type below 0x80", bytes: rawFrame(0x7f), outcome: "bad_frame" }),
  ...bothPeers({
    name: "type that may be ignored, with any flags and names",
    bytes: rawFrame(0x80, { flags: 0xff, slot: 9, generation: 9, payload: new Uint8Array(3) }),
    outcome: "ok",
  }),
  ...bothPeers({
    name: "type that may be ignored, too long",
    bytes: rawFrame(0xff, { length: MAX_IGNORED_BYTES + 1 }),
    outcome: "frame_too_large",
  }),
  ...bothPeers({
    name: "more frames to be ignored than any peer needs",
    bytes: () => repeat(1025, rawFrame(0x80)),
    outcome: "excess",
  }),
  {
    peer: "client",
    name: "OPEN from a client",
    bytes: openFrame(),
    outcome: "unexpected_frame",
  },
  {
    peer: "server",
    name: "RESPONSE from a server",
    before: gotRequest,
    bytes: responseFrame(200),
    outcome: "unexpected_frame",
  },
  ...[FrameType.claim, FrameType.release, FrameType.auth].map((type): Violation => ({
    peer: "server",
    name: `control frame ${type} of a client from a server`,
    bytes: controlFrame(type, "{}"),
    outcome: "unexpected_frame",
  })),
  ...[
    FrameType.claimed,
    FrameType.claimRefused,
    FrameType.revoked,
    FrameType.authResult,
    FrameType.expiring,
  ].map((type): Violation => ({
    peer: "client",
    name: `control frame ${type} of a server from a client`,
    bytes: controlFrame(type, "{}"),
    outcome: "unexpected_frame",
  })),
  {
    peer: "client",
    name: "reserved flag on a stream frame",
    before: answered,
    bytes: dataFrame(1, { flags: 0x02 }),
    outcome: "bad_frame",
  },
  {
    peer: "client",
    name: "reserved flag on a control frame",
    bytes: rawFrame(FrameType.claim, { flags: 0x80, payload: utf8.encode(CLAIM) }),
    outcome: "bad_frame",
  },
  {
    peer: "client",
    name: "FIN on CREDIT",
    before: asked,
    bytes: creditFrame(1, FINISHED),
    outcome: "bad_frame",
  },
  {
    peer: "client",
    name: "FIN on RESET",
    before: asked,
    bytes: resetFrame(0, FINISHED),
    outcome: "bad_frame",
  },
  {
    peer: "client",
    name: "FIN on a control frame",
    bytes: rawFrame(FrameType.claim, { flags: FIN, payload: utf8.encode(CLAIM) }),
    outcome: "bad_frame",
  },
  {
    peer: "client",
    name: "TRAILERS without FIN",
    before: answered,
    bytes: rawFrame(FrameType.trailers, { payload: utf8.encode("A: b\r\n") }),
    outcome: "bad_frame",
  },
  {
    peer: "client",
    name: "slot in a control frame",
    bytes: rawFrame(FrameType.claim, { slot: 1, payload: utf8.encode(CLAIM) }),
    outcome: "bad_frame",
  },
  {
    peer: "client",
    name: "generation in a control frame",
    bytes: rawFrame(FrameType.claim, { generation: 1, payload: utf8.encode(CLAIM) }),
    outcome: "bad_frame",
  },
  ...([
    ["server", FrameType.open, 3 + MAX_HEAD_BYTES + MAX_DATA_BYTES],
    ["client", FrameType.response, 3 + MAX_HEAD_BYTES + MAX_DATA_BYTES],
    ["client", FrameType.data, MAX_DATA_BYTES],
    ["client", FrameType.trailers, MAX_HEAD_BYTES],
    ["client", FrameType.credit, 4],
    ["client", FrameType.reset, 2],
    ["client", FrameType.claim, MAX_CONTROL_BYTES],
    ["server", FrameType.goaway, MAX_CONTROL_BYTES],
  ] as const).map(([peer, type, most]): Violation => ({
    peer,
    name: `type ${type} with more than ${most} bytes`,
    bytes: rawFrame(type, { length: most + 1 }),
    outcome: "frame_too_large",
  })),
  ...([
    ["server", FrameType.open, 3],
    ["client", FrameType.response, 3],
    ["client", FrameType.credit, 3],
    ["client", FrameType.reset, 1],
    ["client", FrameType.claim, 1],
    ["client", FrameType.goaway, 1],
  ] as const).map(([peer, type, length]): Violation => ({
    peer,
    name: `type ${type} with only ${length} bytes`,
    bytes: rawFrame(type, { length }),
    outcome: "bad_frame",
  })),
  {
    peer: "client",
    name: "TRAILERS with nothing in it",
    before: answered,
    bytes: rawFrame(FrameType.trailers, FINISHED),
    outcome: "bad_frame",
  },
  {
    peer: "client",
    name: "DATA with neither bytes nor FIN",
    before: answered,
    bytes: dataFrame(0),
    outcome: "bad_frame",
  },

  // Heads.
  ...([["server", FrameType.open], ["client", FrameType.response]] as const).flatMap(
    ([peer, type]): Violation[] => [
      {
        peer,
        name: `type ${type} whose head is longer than its frame`,
        before: peer === "client" ? asked : () => {},
        bytes: rawFrame(type, { payload: Uint8Array.of(0, 0, 2, 1) }),
        outcome: "bad_frame",
      },
      {
        peer,
        name: `type ${type} whose head is longer than a head may be`,
        before: peer === "client" ? asked : () => {},
        bytes: () => rawFrame(type, { payload: withHead(new Uint8Array(MAX_HEAD_BYTES + 1)) }),
        outcome: "bad_frame",
      },
      {
        peer,
        name: `type ${type} with an empty head`,
        before: peer === "client" ? asked : () => {},
        bytes: rawFrame(type, { payload: withHead(new Uint8Array(0), new Uint8Array(9)) }),
        outcome: "bad_frame",
      },
      {
        peer,
        name: `type ${type} whose head is cut`,
        before: peer === "client" ? asked : () => {},
        bytes: rawFrame(type, { payload: withHead(openHead.subarray(0, 5)) }),
        outcome: "bad_frame",
      },
    ],
  ),
  { peer: "server", name: "OPEN of kind 0", bytes: changedOpen(0, 0), outcome: "bad_frame" },
  { peer: "server", name: "OPEN of kind 3", bytes: changedOpen(0, 3), outcome: "bad_frame" },
  {
    peer: "server",
    name: "OPEN of scheme 2",
    bytes: changedOpen(SCHEME_AT, 2),
    outcome: "bad_frame",
  },
  {
    peer: "server",
    name: "OPEN of HTTP/1.2",
    bytes: changedOpen(SCHEME_AT + 1, 2),
    outcome: "bad_frame",
  },
  {
    peer: "server",
    name: "OPEN of kind tcp with something behind its head",
    bytes: rawFrame(FrameType.open, {
      payload: withHead(concat([openHeadBytes(TCP_HEAD), Uint8Array.of(1)])),
    }),
    outcome: "bad_frame",
  },
  ...[0, 99, 1000, 0xffff].map((status): Violation => ({
    peer: "client",
    name: `RESPONSE of status ${status}`,
    before: asked,
    bytes: withStatus(status),
    outcome: "bad_frame",
  })),

  // Which stream.
  ...bothPeers({
    name: "CREDIT for a slot that was never used",
    bytes: creditFrame(1, { slot: 3 }),
    outcome: "bad_stream",
  }),
  ...bothPeers({
    name: "RESET for a slot that was never used",
    bytes: resetFrame(0, { slot: 0xffff }),
    outcome: "bad_stream",
  }),
  ...bothPeers({
    name: "DATA for a slot that was never used",
    bytes: dataFrame(1),
    outcome: "bad_stream",
  }),
  {
    peer: "client",
    name: "RESPONSE for a slot that was never used",
    bytes: responseFrame(200),
    outcome: "bad_stream",
  },
  {
    peer: "client",
    name: "TRAILERS for a slot that was never used",
    bytes: rawFrame(FrameType.trailers, { flags: FIN, payload: Uint8Array.of(1) }),
    outcome: "bad_stream",
  },
  {
    peer: "client",
    name: "CREDIT for a generation yet to come",
    before: asked,
    bytes: creditFrame(1, { generation: 1 }),
    outcome: "bad_stream",
  },
  {
    peer: "client",
    name: "CREDIT for the generation before the last",
    before: (end) => [over, over, asked].forEach((step) => step === over ? overAt(end) : step(end)),
    bytes: creditFrame(1, { generation: 0 }),
    outcome: "bad_stream",
  },
  {
    peer: "client",
    name: "RESPONSE for the generation before",
    before: again,
    bytes: responseFrame(200, { generation: 0 }),
    outcome: "bad_stream",
  },
  {
    peer: "client",
    name: "DATA for a stream that is over",
    before: over,
    bytes: dataFrame(1),
    outcome: "bad_stream",
  },
  {
    peer: "server",
    name: "DATA for a stream that is over",
    before: gotAndDone,
    bytes: dataFrame(1),
    outcome: "bad_stream",
  },
  {
    peer: "server",
    name: "OPEN in a slot that is used",
    before: gotRequest,
    bytes: openFrame(HTTP_HEAD, { generation: 1 }),
    outcome: "bad_stream",
  },
  {
    peer: "server",
    name: "OPEN beyond the number of streams",
    bytes: openFrame(HTTP_HEAD, { slot: STREAMS }),
    outcome: "bad_stream",
  },
  {
    peer: "server",
    name: "first OPEN of a slot with generation 1",
    bytes: openFrame(HTTP_HEAD, { generation: 1 }),
    outcome: "bad_stream",
  },
  {
    peer: "server",
    name: "OPEN with the generation that was",
    before: gotAndDone,
    bytes: openFrame(HTTP_HEAD, { generation: 0 }),
    outcome: "bad_stream",
  },
  {
    peer: "server",
    name: "OPEN with a generation left out",
    before: gotAndDone,
    bytes: openFrame(HTTP_HEAD, { generation: 2 }),
    outcome: "bad_stream",
  },

  // The order of frames.
  {
    peer: "client",
    name: "DATA before RESPONSE",
    before: asked,
    bytes: dataFrame(1),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "the end before RESPONSE",
    before: asked,
    bytes: dataFrame(0, FINISHED),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "TRAILERS before RESPONSE",
    before: asked,
    bytes: rawFrame(FrameType.trailers, { flags: FIN, payload: Uint8Array.of(1) }),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "RESPONSE twice",
    before: answered,
    bytes: responseFrame(200),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "informational RESPONSE behind the final one",
    before: answered,
    bytes: responseFrame(103),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "many informational RESPONSEs",
    before: asked,
    bytes: repeat(3, responseFrame(103)),
    outcome: "ok",
  },
  {
    peer: "client",
    name: "informational RESPONSE with FIN",
    before: asked,
    bytes: responseFrame(100, FINISHED),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "informational RESPONSE with a body",
    before: asked,
    bytes: responseFrame(103, { body: Uint8Array.of(1) }),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "RESPONSE 101 with a body, which is final",
    before: asked,
    bytes: responseFrame(101, { body: Uint8Array.of(1) }),
    outcome: "ok",
  },
  {
    peer: "client",
    name: "RESPONSE on a TCP stream",
    before: (end) => void end.open(TCP_HEAD),
    bytes: responseFrame(200),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "DATA behind FIN",
    before: answerEnded,
    bytes: dataFrame(1),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "FIN twice",
    before: answerEnded,
    bytes: dataFrame(0, FINISHED),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "TRAILERS behind FIN",
    before: answerEnded,
    bytes: rawFrame(FrameType.trailers, { flags: FIN, payload: Uint8Array.of(1) }),
    outcome: "unexpected_frame",
  },
  {
    peer: "server",
    name: "DATA behind the FIN of OPEN",
    before: gotWhole,
    bytes: dataFrame(1),
    outcome: "unexpected_frame",
  },
  {
    peer: "client",
    name: "RESET behind FIN",
    before: answerEnded,
    bytes: resetFrame(),
    outcome: "ok",
  },
  {
    peer: "client",
    name: "DATA behind RESET",
    before: (end) => {
      answered(end);
      end.open(HTTP_HEAD);
      end.mux.receive(responseFrame(200, { slot: 1 }));
      end.mux.receive(resetFrame(0, { slot: 1 }));
    },
    bytes: dataFrame(1, { slot: 1 }),
    outcome: "bad_stream",
  },
  {
    peer: "server",
    name: "RESET twice, the second of which counts as late",
    before: (end) => {
      gotRequest(end);
      end.mux.receive(resetFrame());
    },
    bytes: resetFrame(),
    outcome: "ok",
  },
  {
    peer: "client",
    name: "all that was under way when we reset",
    before: weReset,
    bytes: concat([
      creditFrame(5),
      responseFrame(103),
      responseFrame(200, { body: new Uint8Array(9) }),
      dataFrame(100),
      rawFrame(FrameType.trailers, { flags: FIN, payload: Uint8Array.of(1) }),
    ]),
    outcome: "ok",
  },
  {
    peer: "client",
    name: "more than was granted after we reset",
    before: weReset,
    bytes: concat([responseFrame(200), dataFrame(WINDOW), dataFrame(1)]),
    outcome: "flow_violation",
  },

  // Credit.
  ...([["client", asked], ["server", gotRequest]] as const).flatMap(
    ([peer, before]): Violation[] => [
      { peer, before, name: "CREDIT of nothing", bytes: creditFrame(0), outcome: "bad_frame" },
      {
        peer,
        before,
        name: "CREDIT up to the largest window",
        bytes: creditFrame(0x7fff_ffff - WINDOW),
        outcome: "ok",
      },
      {
        peer,
        before,
        name: "CREDIT beyond the largest window",
        bytes: creditFrame(0x7fff_ffff - WINDOW + 1),
        outcome: "flow_violation",
      },
      {
        peer,
        before,
        name: "CREDIT of 2^32 - 1",
        bytes: creditFrame(0xffff_ffff),
        outcome: "flow_violation",
      },
    ],
  ),
  {
    peer: "client",
    name: "CREDIT of nothing for a stream that is over",
    before: over,
    bytes: creditFrame(0),
    outcome: "bad_frame",
  },
  {
    peer: "server",
    name: "DATA of exactly the window",
    before: gotRequest,
    bytes: dataFrame(WINDOW),
    outcome: "ok",
  },
  {
    peer: "server",
    name: "DATA beyond the window, told by its header",
    before: gotRequest,
    bytes: dataFrame(WINDOW + 1).subarray(0, 8),
    outcome: "flow_violation",
  },
  {
    peer: "server",
    name: "a body in OPEN beyond the window",
    bytes: openFrame(HTTP_HEAD, { body: new Uint8Array(WINDOW + 1) }),
    outcome: "flow_violation",
  },
  {
    peer: "client",
    name: "a body in RESPONSE beyond the window",
    before: asked,
    bytes: responseFrame(200, { body: new Uint8Array(WINDOW + 1) }),
    outcome: "flow_violation",
  },

  // What comes late.
  {
    peer: "client",
    name: "late grants and a late RESET of a stream that is over",
    before: over,
    bytes: concat([creditFrame(1), creditFrame(1), resetFrame()]),
    outcome: "ok",
  },
  {
    peer: "client",
    name: "late frames of the stream before",
    before: again,
    bytes: concat([creditFrame(1), resetFrame()]),
    outcome: "ok",
  },
  {
    peer: "client",
    name: "more late frames than streams could have left behind",
    before: over,
    bytes: () => repeat(65_537, creditFrame(1)),
    outcome: "excess",
  },
  {
    peer: "server",
    name: "a server that opens and ends streams and does not read the answers",
    before: (end) => end.mux.goAway(),
    bytes: () =>
      concat(
        Array.from({ length: 17_000 }, (_, at) =>
          openFrame(TCP_HEAD, { flags: FIN, generation: at & 0xff })),
      ),
    outcome: "excess",
  },

  // Control frames.
  ...["", "{", "[]", "null", '"claim"', "1", '{"tunnel":1}', '{"tunnel":1,"kind":"udp"}'].map((
    json,
  ): Violation => ({
    peer: "client",
    name: `CLAIM that says ${json || "nothing"}`,
    bytes: controlFrame(FrameType.claim, json),
    outcome: "bad_frame",
  })),
  {
    peer: "client",
    name: "CLAIM that is not UTF-8",
    bytes: rawFrame(FrameType.claim, { payload: Uint8Array.of(0x22, 0xff, 0x22) }),
    outcome: "bad_frame",
  },
  {
    peer: "server",
    name: "CLAIMED with a tunnel beyond 16 bits",
    bytes: controlFrame(
      FrameType.claimed,
      '{"tunnel":65536,"name":"a","url":"u","generation":1}',
    ),
    outcome: "bad_frame",
  },
  ...bothPeers({
    name: "GOAWAY of three bytes",
    bytes: rawFrame(FrameType.goaway, { payload: new Uint8Array(3) }),
    outcome: "bad_frame",
  }),
  ...bothPeers({
    name: "GOAWAY of five bytes",
    bytes: rawFrame(FrameType.goaway, { payload: new Uint8Array(5) }),
    outcome: "bad_frame",
  }),
  {
    peer: "client",
    name: "more control frames at once than any peer needs",
    bytes: () => repeat(513, controlFrame(FrameType.claim, CLAIM)),
    outcome: "excess",
  },
  {
    peer: "client",
    name: "as many control frames as are allowed",
    bytes: () => repeat(512, controlFrame(FrameType.claim, CLAIM)),
    outcome: "ok",
  },
];

/** Ends the stream of slot 0 that is opened here, whatever its generation. */
export function overAt(end: MuxEnd): void {
  const { generation } = end.open(HTTP_HEAD, undefined, true).stream;
  end.mux.receive(responseFrame(200, { flags: FIN, generation }));
}
