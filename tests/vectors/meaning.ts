/**
 * Records and frames as a line of text that says all of it, `ACK {"received":96}`, and
 * back. The examples in PROTOCOL.md are written in it, and read again by a test.
 *
 * Bytes are Latin-1 text, as HTTP is. Proofs are not said: they are made with
 * {@linkcode EXAMPLE_SECRET}, and a wrong one cannot be read.
 *
 * @module
 */

import { decodeHex, encodeHex } from "@std/encoding/hex";
import {
  CLOSE_CODES,
  type CloseCode,
  closeCodeOf,
  HandshakeRefused,
  RESET_CODES,
  type ResetCode,
  resetCodeOf,
} from "../../protocol/errors.ts";
import {
  decodeHello,
  decodeRefused,
  decodeWelcome,
  encodeHello,
  encodeRefused,
  encodeWelcome,
  type Hello,
  type Welcome,
} from "../../protocol/link/handshake.ts";
import {
  encodeClose,
  encodeRecord,
  readU64,
  RECORD_HEADER_BYTES,
  RecordType,
  writeNumberRecord,
} from "../../protocol/link/record.ts";
import {
  decodeResume,
  decodeResumed,
  encodeResume,
  encodeResumed,
  type ResumePoint,
} from "../../protocol/link/resume.ts";
import { type Control, decodeControl, encodeControl } from "../../protocol/mux/control.ts";
import { FIN, FRAME_HEADER_BYTES, FrameType } from "../../protocol/mux/frame.ts";
import {
  type OpenHead,
  readOpenHead,
  readResponseHead,
  type ResponseHead,
} from "../../protocol/mux/head.ts";
import { encodeFrame, encodeHeadFrame } from "../../protocol/mux/outbound.ts";

/** The secret of the link in all examples. */
export const EXAMPLE_SECRET: Uint8Array<ArrayBuffer> = Uint8Array.from(
  { length: 32 },
  (_, i) => 0x40 + i,
);

type Says = Record<string, unknown>;

/** A record or frame: its name in PROTOCOL.md, and what it says. */
export interface Meaning {
  readonly name: string;
  readonly says: Says;
}

/** One line of text. */
export function formatMeaning({ name, says }: Meaning): string {
  return `${name} ${JSON.stringify(says)}`;
}

/** The meaning of a line that {@linkcode formatMeaning} made. */
export function parseMeaning(line: string): Meaning {
  const at = line.indexOf(" ");
  return { name: line.slice(0, at), says: JSON.parse(line.slice(at + 1)) };
}

/** True for text that names a record, but not DATA, which is both. */
export function isRecordName(name: string): boolean {
  return RECORD_NAMES.has(name);
}

const RECORD_NAMES: ReadonlySet<string> = new Set(
  ["ACK", "PING", "PONG", "CLOSE", "HELLO", "WELCOME", "REFUSED", "RESUME", "RESUMED"],
);

/** What a whole record says. */
export async function readRecord(record: Uint8Array): Promise<Meaning> {
  const payload = record.subarray(RECORD_HEADER_BYTES);
  switch (record[0]) {
    case RecordType.data:
      return { name: "DATA", says: { length: payload.length } };
    case RecordType.ack:
      return { name: "ACK", says: { received: readU64(payload, 0) } };
    case RecordType.ping:
      return { name: "PING", says: { echo: encodeHex(payload) } };
    case RecordType.pong:
      return { name: "PONG", says: { echo: encodeHex(payload) } };
    case RecordType.close: {
      const code = closeCodeOf(payload[0]! << 8 | payload[1]!);
      return { name: "CLOSE", says: { code, reason: new TextDecoder().decode(payload.slice(2)) } };
    }
    case RecordType.hello:
      return { name: "HELLO", says: { ...decodeHello(payload) } };
    case RecordType.welcome:
      return { name: "WELCOME", says: { ...decodeWelcome(payload) } };
    case RecordType.refused: {
      const { code, message, final, retryAfterMs } = decodeRefused(payload);
      return { name: "REFUSED", says: { code, message, final, retryAfterMs } };
    }
    case RecordType.resume: {
      const { link, epoch, received, token, verify } = decodeResume(payload);
      if (!await verify(EXAMPLE_SECRET)) throw new Error("The proof of the RESUME is wrong");
      return { name: "RESUME", says: { link, epoch, received, token } };
    }
    case RecordType.resumed: {
      const link = encodeHex(payload.subarray(0, 16));
      const epoch = new DataView(payload.buffer, payload.byteOffset).getUint32(16);
      return {
        name: "RESUMED",
        says: { ...await decodeResumed(payload, { link, epoch }, EXAMPLE_SECRET) },
      };
    }
    default:
      throw new Error(`No such record: ${encodeHex(record)}`);
  }
}

/** The bytes of a record other than DATA. */
export async function writeRecord({ name, says }: Meaning): Promise<Uint8Array> {
  switch (name) {
    case "ACK": {
      const record = new Uint8Array(12);
      writeNumberRecord(record, 0, RecordType.ack, says.received as number);
      return record;
    }
    case "PING":
      return encodeRecord(RecordType.ping, decodeHex(says.echo as string));
    case "PONG":
      return encodeRecord(RecordType.pong, decodeHex(says.echo as string));
    case "CLOSE":
      return encodeClose(CLOSE_CODES[says.code as CloseCode], says.reason as string);
    case "HELLO":
      return encodeHello(says as unknown as Hello);
    case "WELCOME":
      return encodeWelcome(says as unknown as Welcome);
    case "REFUSED": {
      const { code, message, final, retryAfterMs } = says as unknown as HandshakeRefused;
      return encodeRefused(new HandshakeRefused(code, message, { final, retryAfterMs }));
    }
    case "RESUME":
      return await encodeResume(
        says as unknown as ResumePoint,
        EXAMPLE_SECRET,
        says.token as string,
      );
    case "RESUMED":
      return await encodeResumed(says as unknown as ResumePoint, EXAMPLE_SECRET);
    default:
      throw new Error(`No such record: ${name}`);
  }
}

/** What a whole frame says. */
export function readFrame(frame: Uint8Array): Meaning {
  const type = frame[3]!;
  const slot = frame[5]! << 8 | frame[6]!;
  const payload = frame.subarray(FRAME_HEADER_BYTES);
  const stream = { slot, generation: frame[7]!, ...(frame[4] === FIN ? { fin: true } : {}) };
  const name = Object.entries(FrameType).find(([, number]) => number === type)?.[0];
  switch (type) {
    case FrameType.open:
    case FrameType.response: {
      const headEnd = 3 + (payload[0]! << 16 | payload[1]! << 8 | payload[2]!);
      const read = type === FrameType.open ? readOpenHead : readResponseHead;
      const head: Says = { ...read(payload.subarray(3, headEnd)) };
      if (head.headers instanceof Uint8Array) head.headers = latin1(head.headers);
      const body = latin1(payload.subarray(headEnd));
      return { name: upper(name!), says: { ...stream, ...head, ...(body === "" ? {} : { body }) } };
    }
    case FrameType.data:
      return { name: "DATA", says: { ...stream, body: latin1(payload) } };
    case FrameType.trailers:
      return { name: "TRAILERS", says: { ...stream, fields: latin1(payload) } };
    case FrameType.credit: {
      const bytes = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
      return { name: "CREDIT", says: { ...stream, bytes } };
    }
    case FrameType.reset:
      return {
        name: "RESET",
        says: { ...stream, code: resetCodeOf(payload[0]! << 8 | payload[1]!) },
      };
    default: {
      if (name === undefined) return { name: "IGNORED", says: { type, bytes: latin1(payload) } };
      const { type: _, ...says } = decodeControl(type, payload);
      return { name: upper(name), says };
    }
  }
}

/** The bytes of a frame. */
export function writeFrame({ name, says }: Meaning): Uint8Array {
  const stream = says as unknown as { slot: number; generation: number };
  const body = says.body === undefined ? undefined : fromLatin1(says.body as string);
  const fin = says.fin === true;
  switch (name) {
    case "OPEN":
    case "RESPONSE": {
      const headers = fromLatin1((says.headers as string | undefined) ?? "");
      const head = { ...says, headers } as unknown as OpenHead | ResponseHead;
      return encodeHeadFrame(stream, head, body, fin);
    }
    case "DATA":
      return encodeFrame(FrameType.data, body!, stream, fin);
    case "TRAILERS":
      return encodeFrame(FrameType.trailers, fromLatin1(says.fields as string), stream, fin);
    case "CREDIT": {
      const payload = new Uint8Array(4);
      new DataView(payload.buffer).setUint32(0, says.bytes as number);
      return encodeFrame(FrameType.credit, payload, stream);
    }
    case "RESET": {
      const code = RESET_CODES[says.code as ResetCode];
      return encodeFrame(FrameType.reset, Uint8Array.of(code >>> 8, code), stream);
    }
    case "IGNORED":
      return encodeFrame(says.type as number, fromLatin1(says.bytes as string));
    default: {
      const control = { type: name.toLowerCase(), ...says } as unknown as Control;
      const { type, payload } = encodeControl(control);
      return encodeFrame(type, payload);
    }
  }
}

/** Text of one byte a character. */
export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** The bytes of such text. */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function upper(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
