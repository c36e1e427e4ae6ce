/**
 * One example of each record and frame, and of what is easy to get wrong.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { formatMeaning, type Meaning, writeFrame, writeRecord } from "./meaning.ts";

/** Bytes and what they say. */
export interface GoldenVector {
  /** The bytes, in hex. */
  readonly hex: string;
  /** What they say. */
  readonly meaning: Meaning;
}

const LINK = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";
const TERMS = { streams: 1024, window: 65536, resend: 16777216 };

const RECORDS: readonly Meaning[] = [
  { name: "ACK", says: { received: 0 } },
  { name: "ACK", says: { received: 4_294_967_297 } },
  { name: "PING", says: { echo: "0000000000000001" } },
  { name: "PONG", says: { echo: "00ff0102deadbeef" } },
  { name: "CLOSE", says: { code: "normal", reason: "" } },
  { name: "CLOSE", says: { code: "bad_stream", reason: "Slot 7 ist noch belegt – später" } },
  {
    name: "HELLO",
    says: {
      versions: [1, 1],
      agent: "tun/1.0",
      nonce: "00112233445566778899aabbccddeeff",
      leaseKey: "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100",
      require: [],
      terms: TERMS,
    },
  },
  {
    name: "WELCOME",
    says: {
      version: 1,
      agent: "tun-server/1.0",
      instance: "0102030405060708",
      link: LINK,
      secret: "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f",
      resumeMs: 60_000,
      pingAfterMs: 10_000,
      deadAfterMs: 15_000,
      terms: TERMS,
    },
  },
  {
    name: "REFUSED",
    says: {
      code: "overloaded",
      message: "This server has too many sessions",
      final: false,
      retryAfterMs: 5000,
    },
  },
  { name: "RESUME", says: { link: LINK, epoch: 1, received: 0, token: "" } },
  { name: "RESUME", says: { link: LINK, epoch: 2, received: 4_294_967_297, token: "fresh" } },
  { name: "RESUMED", says: { link: LINK, epoch: 2, received: 65_536 } },
];

const FRAMES: readonly Meaning[] = [
  {
    name: "OPEN",
    says: {
      slot: 0,
      generation: 0,
      fin: true,
      kind: "http",
      tunnel: 1,
      visitor: "192.0.2.7:51234",
      scheme: "https",
      minorVersion: 1,
      method: "GET",
      target: "/caf%C3%A9?q=1",
      authority: "demo.example.com",
      headers: "Host: demo.example.com\r\naccept: */*\r\nAccept: text/html\r\n",
    },
  },
  {
    name: "OPEN",
    says: { slot: 258, generation: 255, kind: "tcp", tunnel: 2, visitor: "[2001:db8::7]:51234" },
  },
  {
    name: "RESPONSE",
    says: {
      slot: 0,
      generation: 0,
      status: 103,
      minorVersion: 1,
      reason: "Early Hints",
      headers: "Link: </a.css>; rel=preload\r\n",
    },
  },
  {
    name: "RESPONSE",
    says: {
      slot: 0,
      generation: 0,
      fin: true,
      status: 200,
      minorVersion: 0,
      reason: "",
      headers: "Content-Length: 2\r\n",
      body: "ok",
    },
  },
  { name: "DATA", says: { slot: 258, generation: 255, body: "\x00\xff" } },
  { name: "DATA", says: { slot: 258, generation: 255, fin: true, body: "" } },
  {
    name: "TRAILERS",
    says: { slot: 0, generation: 1, fin: true, fields: "X-Checksum: 9f\r\n" },
  },
  { name: "CREDIT", says: { slot: 0, generation: 1, bytes: 65_536 } },
  { name: "RESET", says: { slot: 0, generation: 1, code: "app_unreachable" } },
  {
    name: "CLAIM",
    says: { tunnel: 1, kind: "http", mode: "reclaim", generation: 3, nonce: "c2", name: "demo" },
  },
  { name: "CLAIM", says: { tunnel: 2, kind: "tcp", mode: "claim", port: 30000 } },
  {
    name: "CLAIMED",
    says: { tunnel: 1, name: "demo", url: "https://demo.example.com", generation: 4 },
  },
  {
    name: "CLAIM_REFUSED",
    says: { tunnel: 2, code: "port_taken", message: "Port 30000 is taken", final: true },
  },
  { name: "RELEASE", says: { tunnel: 1 } },
  {
    name: "REVOKED",
    says: { tunnel: 1, reason: "displaced", message: "Claimed elsewhere", drainMs: 10_000 },
  },
  { name: "AUTH", says: { token: "fresh" } },
  { name: "AUTH_RESULT", says: { ok: true } },
  {
    name: "AUTH_RESULT",
    says: { ok: false, code: "token_expired", message: "The token has expired" },
  },
  { name: "EXPIRING", says: { inMs: 60_000 } },
  { name: "GOAWAY", says: { opened: 17 } },
  { name: "IGNORED", says: { type: 128, bytes: "from the future" } },
];

/** One of each record but DATA, which is nothing but bytes. */
export async function goldenRecords(): Promise<GoldenVector[]> {
  return await Promise.all(RECORDS.map(async (meaning) => ({
    meaning,
    hex: encodeHex(await writeRecord(meaning)),
  })));
}

/** One of each frame. */
export function goldenFrames(): GoldenVector[] {
  return FRAMES.map((meaning) => ({ meaning, hex: encodeHex(writeFrame(meaning)) }));
}

/** The vectors as programs in other languages read them. */
export async function goldenJson(): Promise<string> {
  const plain = ({ hex, meaning: { name, says } }: GoldenVector) => ({ name, says, hex });
  const all = {
    records: (await goldenRecords()).map(plain),
    frames: goldenFrames().map(plain),
  };
  return `${JSON.stringify(all, null, 2)}\n`;
}

/** The text of a vector in PROTOCOL.md: its meaning, and its bytes below. */
export function formatVector({ hex, meaning }: GoldenVector): string {
  return `${formatMeaning(meaning)}\n${formatHex(hex)}`;
}

const BYTES_A_LINE = 32;

/** Bytes in lines of 32. */
export function formatHex(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  const lines = [];
  for (let at = 0; at < bytes.length; at += BYTES_A_LINE) {
    lines.push(`    ${bytes.slice(at, at + BYTES_A_LINE).join(" ")}`);
  }
  return lines.join("\n");
}
