/**
 * Every row of the table in section 14 of PROTOCOL.md as bytes that commit it.
 *
 * @module
 */

import { decodeHex, encodeHex } from "@std/encoding/hex";
import type { CloseCode } from "../../protocol/errors.ts";
import { encodeRecord, RecordType } from "../../protocol/link/record.ts";
import { fromLatin1, writeFrame } from "./meaning.ts";

/** Who commits it. */
export type Sender = "client" | "server";

/** Bytes to send: `hex`, then so many zeros, all of it so many times or until CLOSE comes. */
export interface Piece {
  readonly hex: string;
  readonly zeros?: number;
  readonly times?: number;
}

/** One way to break a rule. */
export interface ViolationVector {
  /** What is wrong. */
  readonly name: string;
  /** Who commits it. */
  readonly sender: Sender;
  /** Where the session stands; a key of {@linkcode STATES}. */
  readonly state: State;
  /** What the sender sends then. */
  readonly send: readonly Piece[];
}

/** A row of the table, with ways to break it. */
export interface ViolationRow {
  /** The row's first column. */
  readonly who: "both" | Sender;
  /** The row's second column. */
  readonly what: string;
  /** The row's third column: how the other closes. */
  readonly close: CloseCode;
  /** Ways to break it. */
  readonly vectors: readonly ViolationVector[];
}

/** Where a session can stand when a rule is broken. */
export type State = "claimed" | "get" | "post" | "stalled" | "tcp" | "over";

/** What a {@linkcode State} is. */
export const STATES: Readonly<Record<State, string>> = {
  claimed: "Tunnel 1 is claimed, no stream was ever opened, and all is acknowledged.",
  get: "As claimed; then the server has opened an http stream in slot 0, generation 0, with FIN.",
  post: "As claimed; then the server has opened an http stream in slot 0, generation 0, and has " +
    "not ended its direction. The client has not answered.",
  stalled: "As post; the client has answered with a RESPONSE and cannot end its direction, " +
    "because the server's window of 1,024 bytes is used up.",
  tcp: "As claimed; then the server has opened a tcp stream in slot 0, generation 0.",
  over: "As get; then the client has answered with a RESPONSE with FIN.",
};

type Spec = readonly [name: string, sender: Sender, state: State, ...send: (string | Piece)[]];

function row(
  who: ViolationRow["who"],
  what: string,
  close: CloseCode,
  ...specs: readonly Spec[]
): ViolationRow {
  const vectors = specs.map(([name, sender, state, ...send]): ViolationVector => ({
    name,
    sender,
    state,
    send: send.map((piece) => typeof piece === "string" ? { hex: piece } : piece),
  }));
  return { who, what, close, vectors };
}

/** The same for both ends. */
function fromBoth(name: string, ...send: (string | Piece)[]): Spec[] {
  return [[name, "client", "claimed", ...send], [name, "server", "claimed", ...send]];
}

/** The same for both ends, where there is a stream in slot 0. */
function onStream(name: string, ...send: (string | Piece)[]): Spec[] {
  return [[name, "client", "post", ...send], [name, "server", "stalled", ...send]];
}

/** A DATA record with frames in it. */
function data(...frames: string[]): string {
  return encodeHex(encodeRecord(RecordType.data, decodeHex(frames.join(""))));
}

/** A frame of any kind, however wrong. */
function raw(
  length: number,
  type: number,
  { flags = 0, slot = 0, generation = 0, payload = "" } = {},
): string {
  const number = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, "0");
  return number(length, 3) + number(type, 1) + number(flags, 1) + number(slot, 2) +
    number(generation, 1) + payload;
}

function frame(name: string, says: Record<string, unknown>): string {
  return encodeHex(writeFrame({ name, says }));
}

/** A control frame with a text of any kind. */
function control(type: number, text: string): string {
  return raw(text.length, type, { payload: encodeHex(fromLatin1(text)) });
}

/** A RESPONSE or OPEN whose head is these bytes. */
function headed(type: number, head: string, slot = 0, generation = 0): string {
  const length = (head.length / 2).toString(16).padStart(6, "0");
  return raw(3 + head.length / 2, type, { slot, generation, payload: length + head });
}

const S = { slot: 0, generation: 0 };
const OK = { ...S, status: 200, minorVersion: 1, reason: "OK", headers: "" };
const HINTS = { ...S, status: 103, minorVersion: 1, reason: "", headers: "" };
const HTTP = {
  kind: "http",
  tunnel: 1,
  visitor: "192.0.2.7:51234",
  scheme: "http",
  minorVersion: 1,
  method: "GET",
  target: "/",
  authority: "a",
  headers: "Host: a\r\n",
};
const OPEN = (slot: number, generation: number) => frame("OPEN", { slot, generation, ...HTTP });
const RESPONSE = frame("RESPONSE", OK);
const RESPONSE_FIN = frame("RESPONSE", { ...OK, fin: true });
const DATA = frame("DATA", { ...S, body: "x" });
const END = frame("DATA", { ...S, fin: true, body: "" });
const TRAILERS = frame("TRAILERS", { ...S, fin: true, fields: "A: b\r\n" });
const CREDIT = frame("CREDIT", { ...S, bytes: 1 });

/** The head of an OPEN up to `extra`: kind, tunnel, no visitor, nothing extra. */
const openHead = (kind: string) => `${kind}0001000000`;

/** The table, row by row. */
export const VIOLATIONS: readonly ViolationRow[] = [
  row(
    "both",
    "a record of unknown type, of impossible length, or of a handshake after it",
    "bad_record",
    ...fromBoth("a record of type 00", "0000000100"),
    ...fromBoth("a record of type 06, only its first byte", "06"),
    ...fromBoth("a record of type 7f", "7f00000100"),
    ...fromBoth("DATA of no bytes", "01000000"),
    ...fromBoth("DATA of 1,048,577 bytes, only its header", "01100001"),
    ...fromBoth("ACK of 7 bytes", "0200000700000000000000"),
    ...fromBoth("PING of 9 bytes", "03000009000000000000000000"),
    ...fromBoth("PONG of no bytes", "04000000"),
    ...fromBoth("CLOSE of 1 byte", "0500000100"),
    ...fromBoth("CLOSE of 259 bytes, only its header", "05000103"),
    ["HELLO", "client", "claimed", "f000000774756e01017b7d"],
    ["RESUME", "client", "claimed", { hex: "f300003c", zeros: 60 }],
    ["WELCOME", "server", "claimed", "f10000027b7d"],
    ["REFUSED", "server", "claimed", "f20000027b7d"],
    ["RESUMED", "server", "claimed", { hex: "f400003c", zeros: 60 }],
  ),
  row(
    "both",
    "an ACK above what was sent, or below the last one",
    "bad_ack",
    ...fromBoth("ACK of 2^40 bytes", "020000080000010000000000"),
    ...fromBoth("ACK of 2^64 - 1 bytes", "02000008ffffffffffffffff"),
    ...fromBoth("ACK of 0 bytes after a higher one", "020000080000000000000000"),
  ),
  row(
    "both",
    "pings beyond the limit",
    "excess",
    ...fromBoth("400 pings", { hex: "030000080000000000000001", times: 400 }),
  ),
  row(
    "both",
    "a frame of a type below `80` that is not in the table",
    "bad_frame",
    ...[0x00, 0x07, 0x0f, 0x19, 0x7f].flatMap((type) =>
      fromBoth(`a frame of type ${type.toString(16).padStart(2, "0")}`, data(raw(0, type)))
    ),
  ),
  row(
    "both",
    "a frame longer than its type allows",
    "frame_too_large",
    ...onStream("DATA of 65,537 bytes, only its header", data(raw(65_537, 0x03))),
    ...onStream(
      "TRAILERS of 131,073 bytes, only its header",
      data(raw(131_073, 0x04, { flags: 1 })),
    ),
    ...onStream("CREDIT of 5 bytes", data(raw(5, 0x05, { payload: "0000000100" }))),
    ...onStream("RESET of 3 bytes", data(raw(3, 0x06, { payload: "000000" }))),
    ["RESPONSE of 196,612 bytes, only its header", "client", "post", data(raw(196_612, 0x02))],
    [
      "OPEN of 196,612 bytes, only its header",
      "server",
      "stalled",
      data(raw(196_612, 0x01, { slot: 1 })),
    ],
    ["CLAIM of 16,385 bytes, only its header", "client", "claimed", data(raw(16_385, 0x10))],
    ["CLAIMED of 16,385 bytes, only its header", "server", "claimed", data(raw(16_385, 0x11))],
    ...fromBoth("a frame of type 80 of 65,537 bytes, only its header", data(raw(65_537, 0x80))),
  ),
  row(
    "both",
    "a frame shorter than its type allows, flags other than FIN, FIN where it must not be, no FIN " +
      "where it must be, a control frame with slot or generation",
    "bad_frame",
    ...onStream("CREDIT of 3 bytes", data(raw(3, 0x05, { payload: "000001" }))),
    ...onStream("RESET of 1 byte", data(raw(1, 0x06, { payload: "00" }))),
    ...onStream("empty TRAILERS", data(raw(0, 0x04, { flags: 1 }))),
    ...onStream("DATA with flag 02", data(raw(1, 0x03, { flags: 2, payload: "78" }))),
    ...onStream("DATA with flags 81", data(raw(1, 0x03, { flags: 0x81, payload: "78" }))),
    ...onStream("CREDIT with FIN", data(raw(4, 0x05, { flags: 1, payload: "00000001" }))),
    ...onStream("RESET with FIN", data(raw(2, 0x06, { flags: 1, payload: "0000" }))),
    ...onStream("TRAILERS without FIN", data(raw(6, 0x04, { payload: "413a20620d0a" }))),
    ["RESPONSE of 3 bytes", "client", "post", data(raw(3, 0x02, { payload: "000000" }))],
    ["OPEN of 3 bytes", "server", "claimed", data(raw(3, 0x01, { payload: "000000" }))],
    ...fromBoth("GOAWAY of 2 bytes", data(raw(2, 0x18, { payload: "0000" }))),
    ...fromBoth("GOAWAY with FIN", data(raw(4, 0x18, { flags: 1, payload: "00000000" }))),
    ...fromBoth("GOAWAY with slot 1", data(raw(4, 0x18, { slot: 1, payload: "00000000" }))),
    ...fromBoth(
      "GOAWAY with generation 1",
      data(raw(4, 0x18, { generation: 1, payload: "00000000" })),
    ),
  ),
  row(
    "both",
    "empty DATA without FIN, CREDIT of 0",
    "bad_frame",
    ["empty DATA without FIN", "client", "post", data(RESPONSE, raw(0, 0x03))],
    ["empty DATA without FIN", "server", "stalled", data(raw(0, 0x03))],
    ...onStream("CREDIT of 0", data(raw(4, 0x05, { payload: "00000000" }))),
  ),
  row(
    "both",
    "a head that is cut, too long, or has a field out of range",
    "bad_frame",
    [
      "RESPONSE with a head of no bytes",
      "client",
      "post",
      data(raw(4, 0x02, { payload: "00000000" })),
    ],
    [
      "RESPONSE with a head longer than the frame",
      "client",
      "post",
      data(raw(12, 0x02, { payload: "00000a" + "00c801000000024f4b" })),
    ],
    ["RESPONSE of status 99", "client", "post", data(headed(0x02, "00630100000000"))],
    ["RESPONSE of status 1000", "client", "post", data(headed(0x02, "03e80100000000"))],
    ["RESPONSE of version 2", "client", "post", data(headed(0x02, "00c80200000000"))],
    ["RESPONSE cut in its reason", "client", "post", data(headed(0x02, "00c801000000024f"))],
    [
      "RESPONSE with a head of 131,073 bytes",
      "client",
      "post",
      {
        hex: "0102000c" + raw(131_076, 0x02, { payload: "02000100" }),
        zeros: 131_072,
      },
    ],
    ["OPEN of kind 0", "server", "claimed", data(headed(0x01, openHead("00")))],
    ["OPEN of kind 3", "server", "claimed", data(headed(0x01, openHead("03")))],
    ["OPEN cut behind the kind", "server", "claimed", data(headed(0x01, "0200"))],
    [
      "OPEN of kind tcp with something behind",
      "server",
      "claimed",
      data(headed(0x01, `${openHead("02")}00`)),
    ],
    [
      "OPEN of scheme 2",
      "server",
      "claimed",
      data(headed(0x01, `${openHead("01")}02010347455400012f0000`)),
    ],
    [
      "OPEN of version 2",
      "server",
      "claimed",
      data(headed(0x01, `${openHead("01")}00020347455400012f0000`)),
    ],
    [
      "OPEN with a target longer than the head",
      "server",
      "claimed",
      data(headed(0x01, `${openHead("01")}000103474554ffff2f0000`)),
    ],
  ),
  row(
    "both",
    "JSON that is not an object, or has a key that is missing or wrong",
    "bad_frame",
    ["CLAIM of []", "client", "claimed", data(control(0x10, "[]"))],
    ["CLAIM of {}", "client", "claimed", data(control(0x10, "{}"))],
    ["RELEASE of {x}", "client", "claimed", data(control(0x13, "{x}"))],
    [
      "RELEASE that is not UTF-8",
      "client",
      "claimed",
      data(control(0x13, '{"tunnel":1,"a":"\xff"}')),
    ],
    ["RELEASE of tunnel 65536", "client", "claimed", data(control(0x13, '{"tunnel":65536}'))],
    ["AUTH of a number", "client", "claimed", data(control(0x15, '{"token":1}'))],
    [
      "CLAIM of an unknown kind",
      "client",
      "claimed",
      data(control(0x10, '{"tunnel":2,"kind":"udp","mode":"claim"}')),
    ],
    ["EXPIRING of []", "server", "claimed", data(control(0x17, "[]"))],
    ["EXPIRING of {}", "server", "claimed", data(control(0x17, "{}"))],
    ["EXPIRING of {x}", "server", "claimed", data(control(0x17, "{x}"))],
    ["EXPIRING in -1 ms", "server", "claimed", data(control(0x17, '{"inMs":-1}'))],
    [
      "EXPIRING that is not UTF-8",
      "server",
      "claimed",
      data(control(0x17, '{"inMs":1000,"a":"\xff"}')),
    ],
    [
      "REVOKED without a reason",
      "server",
      "claimed",
      data(control(0x14, '{"tunnel":1,"message":"","drainMs":0}')),
    ],
    ["AUTH_RESULT of text", "server", "claimed", data(control(0x16, '{"ok":"yes"}'))],
  ),
  row(
    "client",
    "OPEN, or a control frame of the server",
    "unexpected_frame",
    ["OPEN", "client", "claimed", data(OPEN(0, 0))],
    [
      "CLAIMED",
      "client",
      "claimed",
      data(frame("CLAIMED", { tunnel: 1, name: "a", url: "http://a", generation: 1 })),
    ],
    ["EXPIRING", "client", "claimed", data(frame("EXPIRING", { inMs: 1000 }))],
  ),
  row(
    "server",
    "RESPONSE, or a control frame of the client",
    "unexpected_frame",
    ["RESPONSE", "server", "stalled", data(RESPONSE)],
    [
      "CLAIM",
      "server",
      "claimed",
      data(frame("CLAIM", { tunnel: 1, kind: "http", mode: "claim" })),
    ],
    ["RELEASE", "server", "claimed", data(frame("RELEASE", { tunnel: 1 }))],
    ["AUTH", "server", "claimed", data(frame("AUTH", { token: "a" }))],
  ),
  row(
    "server",
    "OPEN in a slot that is in use or too high, or with a generation that is not the next",
    "bad_stream",
    ["OPEN in a slot in use", "server", "stalled", data(OPEN(0, 1))],
    ["OPEN in a slot that is too high", "server", "claimed", data(OPEN(0xffff, 0))],
    ["a first OPEN with generation 1", "server", "claimed", data(OPEN(0, 1))],
    ["OPEN with the generation before", "server", "over", data(OPEN(0, 0))],
    ["OPEN with the generation after the next", "server", "over", data(OPEN(0, 2))],
  ),
  row(
    "both",
    "a frame for a slot that never had a stream, or for a generation that is neither the present nor " +
      "the one before",
    "bad_stream",
    ...fromBoth("DATA in a slot never used", data(raw(1, 0x03, { slot: 3, payload: "78" }))),
    ...fromBoth(
      "CREDIT in a slot never used",
      data(raw(4, 0x05, { slot: 3, payload: "00000001" })),
    ),
    ...fromBoth("RESET in a slot never used", data(raw(2, 0x06, { slot: 3, payload: "0000" }))),
    ...onStream(
      "CREDIT of generation 9",
      data(raw(4, 0x05, { generation: 9, payload: "00000001" })),
    ),
    ...onStream("RESET of generation 1", data(raw(2, 0x06, { generation: 1, payload: "0000" }))),
    ...onStream("DATA of generation 2", data(raw(1, 0x03, { generation: 2, payload: "78" }))),
  ),
  row(
    "both",
    "DATA, TRAILERS or RESPONSE for a stream that is over",
    "bad_stream",
    ["DATA", "client", "get", data(RESPONSE_FIN, DATA)],
    ["TRAILERS", "client", "get", data(RESPONSE_FIN, TRAILERS)],
    ["RESPONSE", "client", "get", data(RESPONSE_FIN, RESPONSE)],
    ["DATA", "server", "over", data(DATA)],
    ["TRAILERS", "server", "over", data(TRAILERS)],
  ),
  row(
    "client",
    "DATA or TRAILERS of an http stream before the final RESPONSE, or another RESPONSE after it, or " +
      "RESPONSE on a tcp stream",
    "unexpected_frame",
    ["DATA first", "client", "post", data(DATA)],
    ["DATA with FIN first", "client", "post", data(END)],
    ["TRAILERS first", "client", "post", data(TRAILERS)],
    [
      "DATA after an informational RESPONSE",
      "client",
      "post",
      data(frame("RESPONSE", HINTS), DATA),
    ],
    ["two final RESPONSEs", "client", "post", data(RESPONSE, RESPONSE)],
    ["an informational one last", "client", "post", data(RESPONSE, frame("RESPONSE", HINTS))],
    ["RESPONSE on a tcp stream", "client", "tcp", data(RESPONSE)],
  ),
  row(
    "client",
    "an informational RESPONSE with body or FIN",
    "unexpected_frame",
    ["with FIN", "client", "post", data(frame("RESPONSE", { ...HINTS, fin: true }))],
    ["with a body", "client", "post", data(frame("RESPONSE", { ...HINTS, body: "x" }))],
  ),
  row(
    "both",
    "DATA or TRAILERS after the sender's end, while the other direction goes on",
    "unexpected_frame",
    ["DATA after RESPONSE with FIN", "client", "post", data(RESPONSE_FIN, DATA)],
    ["DATA after DATA with FIN", "client", "post", data(RESPONSE, END, DATA)],
    ["TRAILERS after DATA with FIN", "client", "post", data(RESPONSE, END, TRAILERS)],
    ["TRAILERS twice", "client", "post", data(RESPONSE, TRAILERS, TRAILERS)],
    ["DATA after DATA with FIN", "server", "stalled", data(END, DATA)],
    ["TRAILERS after DATA with FIN", "server", "stalled", data(END, TRAILERS)],
    ["DATA after TRAILERS", "server", "stalled", data(TRAILERS, DATA)],
  ),
  row(
    "both",
    "more bytes than were granted, or a window beyond 2,147,483,647",
    "flow_violation",
    ...onStream("CREDIT of 2,147,483,647 twice", {
      hex: data(raw(4, 0x05, { payload: "7fffffff" })),
      times: 2,
    }),
    [
      "DATA without end",
      "client",
      "post",
      data(RESPONSE),
      { hex: `01010008${raw(65_536, 0x03)}`, zeros: 65_536, times: 1024 },
    ],
    [
      "DATA without end",
      "server",
      "stalled",
      { hex: `01010008${raw(65_536, 0x03)}`, zeros: 65_536, times: 1024 },
    ],
  ),
  row(
    "both",
    "control, ignorable or late frames beyond the limit",
    "excess",
    ["3,000 times RELEASE", "client", "claimed", {
      hex: data(frame("RELEASE", { tunnel: 9 })),
      times: 3000,
    }],
    ["3,000 times AUTH_RESULT", "server", "claimed", {
      hex: data(frame("AUTH_RESULT", { ok: true })),
      times: 3000,
    }],
    ...fromBoth("8,000 frames of type 80", { hex: data(raw(0, 0x80)), times: 8000 }),
    ["70,000 times CREDIT for a stream that is over", "client", "get", data(RESPONSE_FIN), {
      hex: data(CREDIT),
      times: 70_000,
    }],
    ["70,000 times CREDIT for a stream that is over", "server", "over", {
      hex: data(CREDIT),
      times: 70_000,
    }],
  ),
];

/** The vectors as programs in other languages read them. */
export function violationsJson(): string {
  return `${JSON.stringify({ states: STATES, rows: VIOLATIONS }, null, 2)}\n`;
}
