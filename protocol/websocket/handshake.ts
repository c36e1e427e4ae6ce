/**
 * The opening handshake of RFC 6455, both sides, without IO: what a request or
 * a response must say, and the bytes of the ones that we send.
 *
 * @module
 */

import { decodeBase64, encodeBase64 } from "@std/encoding/base64";

/** Header fields in the order of the wire, as an HTTP codec gives them. */
export type HeaderFields = Iterable<readonly [name: string, value: string]>;

/** What a server thinks of a request for a WebSocket. */
export type UpgradeVerdict =
  /** Answer 101 with {@linkcode upgradeResponse}. */
  | { readonly kind: "accept"; readonly key: string; readonly protocols: readonly string[] }
  /** Answer with this status; a 426 carries `Sec-WebSocket-Version: 13`. */
  | { readonly kind: "refuse"; readonly status: 400 | 405 | 426; readonly reason: string };

/** The request that a client is about to send. */
export interface UpgradeRequestOptions {
  /** The `Host` field: `host` or `host:port`. */
  readonly host: string;
  /** The request target, `/connect`. */
  readonly target: string;
  /** From {@linkcode newKey}. */
  readonly key: string;
  /** Subprotocols, the best first. */
  readonly protocols?: readonly string[];
  /** Further fields, written after ours. */
  readonly fields?: HeaderFields;
}

/** What a 101 says. */
export interface UpgradeResponseOptions {
  /** The value that {@linkcode acceptFor} made of the client's key. */
  readonly accept: string;
  /** The subprotocol chosen, one of those offered. */
  readonly protocol?: string;
  /** Further fields, written after ours. */
  readonly fields?: HeaderFields;
}

/** Why a server's answer to our handshake cannot be used. */
export type HandshakeErrorCode =
  /** The status is not 101. */
  | "refused"
  /** It is 101, but a field is missing, doubled or wrong. */
  | "invalid_response";

/** The server's answer is not a WebSocket handshake, or not for our request. */
export class HandshakeError extends Error {
  /** The name of the class. */
  override readonly name = "HandshakeError";
  /** Why; stable, for programs. */
  readonly code: HandshakeErrorCode;
  /** The status of the answer. */
  readonly status: number;

  /** Makes an error for an answer with `status`. */
  constructor(code: HandshakeErrorCode, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** RFC 6455, 1.3: proves that the server meant to speak WebSocket. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY_BYTES = 16;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TARGET = /^\/[\x21-\x7e]*$/;

/** Makes the key of a request from 16 random bytes. */
export function newKey(random: Uint8Array): string {
  if (random.length !== KEY_BYTES) {
    throw new RangeError(`Cannot make a key as it takes ${KEY_BYTES} bytes: got ${random.length}`);
  }
  return encodeBase64(random);
}

/** The `Sec-WebSocket-Accept` for a client's `Sec-WebSocket-Key`. */
export async function acceptFor(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + GUID));
  return encodeBase64(new Uint8Array(digest));
}

/** True when the fields ask for a WebSocket, well or badly. */
export function asksForWebSocket(fields: HeaderFields): boolean {
  return tokens(valuesOf(fields, "upgrade")).includes("websocket");
}

/** Judges a request for a WebSocket by its method and fields. */
export function checkUpgradeRequest(method: string, fields: HeaderFields): UpgradeVerdict {
  if (method !== "GET") return refuse(405, "A WebSocket begins with a GET request");
  if (!asksForWebSocket(fields)) return refuse(400, "Upgrade does not name websocket");
  if (!tokens(valuesOf(fields, "connection")).includes("upgrade")) {
    return refuse(400, "Connection does not name Upgrade");
  }
  const version = valuesOf(fields, "sec-websocket-version");
  if (version.length !== 1 || version[0] !== "13") {
    return refuse(426, "Sec-WebSocket-Version is not 13");
  }
  const [key, ...more] = valuesOf(fields, "sec-websocket-key");
  if (key === undefined || more.length > 0 || !isKey(key)) {
    return refuse(400, "Sec-WebSocket-Key is not one key of 16 bytes");
  }
  const protocols = splitList(valuesOf(fields, "sec-websocket-protocol"));
  if (protocols.some((name) => !TOKEN.test(name)) || new Set(protocols).size < protocols.length) {
    return refuse(400, "Sec-WebSocket-Protocol is not a list of different tokens");
  }
  return { kind: "accept", key, protocols };
}

/** The bytes of a request for a WebSocket. */
export function upgradeRequest(options: UpgradeRequestOptions): Uint8Array {
  if (!TARGET.test(options.target)) throw new TypeError("Cannot ask for a target with such bytes");
  const fields: [string, string][] = [
    ["Host", options.host],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", options.key],
    ["Sec-WebSocket-Version", "13"],
  ];
  if (options.protocols?.length) {
    fields.push(["Sec-WebSocket-Protocol", options.protocols.join(", ")]);
  }
  return head(`GET ${options.target} HTTP/1.1`, [...fields, ...options.fields ?? []]);
}

/** The bytes of the 101 that turns a connection into a WebSocket. */
export function upgradeResponse(options: UpgradeResponseOptions): Uint8Array {
  const fields: [string, string][] = [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", options.accept],
  ];
  if (options.protocol !== undefined) fields.push(["Sec-WebSocket-Protocol", options.protocol]);
  return head("HTTP/1.1 101 Switching Protocols", [...fields, ...options.fields ?? []]);
}

/**
 * Checks a server's answer and gives the subprotocol that it chose, or `null`.
 *
 * @throws {HandshakeError} It is not the answer to our request.
 */
export async function checkUpgradeResponse(
  status: number,
  fields: HeaderFields,
  sent: { readonly key: string; readonly protocols?: readonly string[] },
): Promise<string | null> {
  if (status !== 101) throw new HandshakeError("refused", status, `The server answered ${status}`);
  const invalid = (what: string) => new HandshakeError("invalid_response", status, what);

  const upgrade = valuesOf(fields, "upgrade");
  if (upgrade.length !== 1 || upgrade[0]!.toLowerCase() !== "websocket") {
    throw invalid("Upgrade is not websocket");
  }
  if (!tokens(valuesOf(fields, "connection")).includes("upgrade")) {
    throw invalid("Connection does not name Upgrade");
  }
  const accept = valuesOf(fields, "sec-websocket-accept");
  if (accept.length !== 1 || accept[0] !== await acceptFor(sent.key)) {
    throw invalid("Sec-WebSocket-Accept is not for our key");
  }
  if (valuesOf(fields, "sec-websocket-extensions").length > 0) {
    throw invalid("An extension that was not offered");
  }
  const [protocol, ...more] = valuesOf(fields, "sec-websocket-protocol");
  if (protocol === undefined) return null;
  if (more.length > 0 || !(sent.protocols ?? []).includes(protocol)) {
    throw invalid("A subprotocol that was not offered");
  }
  return protocol;
}

function refuse(status: 400 | 405 | 426, reason: string): UpgradeVerdict {
  return { kind: "refuse", status, reason };
}

function valuesOf(fields: HeaderFields, name: string): string[] {
  const values: string[] = [];
  for (const [key, value] of fields) if (key.toLowerCase() === name) values.push(value.trim());
  return values;
}

function splitList(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",")).map((item) => item.trim()).filter(Boolean);
}

function tokens(values: readonly string[]): string[] {
  return splitList(values).map((token) => token.toLowerCase());
}

function isKey(key: string): boolean {
  // The decoder forgives missing padding and the RFC does not, hence the length.
  if (key.length !== 24) return false;
  try {
    return decodeBase64(key).length === KEY_BYTES;
  } catch {
    return false;
  }
}

/** A head as bytes. Values are checked: a line break in one would be a second field. */
function head(firstLine: string, fields: HeaderFields): Uint8Array {
  let text = firstLine + "\r\n";
  for (const [name, value] of fields) {
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) {
      throw new TypeError(`Cannot send the field ${JSON.stringify(name)}: it is not valid`);
    }
    text += `${name}: ${value}\r\n`;
  }
  text += "\r\n";
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
