/**
 * Turning an HTTP/1.1 connection into a raw one: `Upgrade: tun`.
 *
 * @module
 */

import {
  type AnswerHead,
  MAX_ANSWER_HEAD_BYTES,
  parseAnswerHead,
  valuesOf,
} from "./http_answer.ts";
import { describeAddress, TcpTransport } from "./tcp.ts";
import { type Transport, TransportError } from "./transport.ts";

/** What to ask for, and for how long. */
export interface UpgradeOptions {
  /** The `Host` field: `host` or `host:port`. */
  readonly host: string;
  /** The request target; `/connect` without. */
  readonly target?: string;
  /** Further fields of the request. */
  readonly fields?: Iterable<readonly [name: string, value: string]>;
  /** Gives up at once; the error thrown is its reason. */
  readonly signal?: AbortSignal;
}

/** What a server said instead of 101. */
export interface UpgradeRefusal {
  /** The status of its answer. */
  readonly status: number;
  /** Its header fields, names in lower case; of doubled ones the first. */
  readonly fields: ReadonlyMap<string, string>;
  /** At most the first 4 KiB of the body, as they were on the wire. */
  readonly body: Uint8Array;
}

/** The server understood the request and does not upgrade. */
export class UpgradeRefusedError extends TransportError {
  /** What the server said. */
  readonly refusal: UpgradeRefusal;

  /** Makes an error of the server's answer. */
  constructor(refusal: UpgradeRefusal) {
    super("unreachable", `The server answered the upgrade with ${refusal.status}`);
    this.refusal = refusal;
  }
}

const MAX_REFUSAL_BODY_BYTES = 4 * 1024;
/** What a refusal tells of its fields; a server may send hundreds. */
const MAX_REFUSAL_FIELDS = 32;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e]*$/;
const TARGET = /^\/[\x21-\x7e]*$/;

/**
 * Asks the server at the other end of `conn` to speak the tunnel protocol from
 * here on. The connection is used up, also by a failure. Bytes that came with
 * the 101 are the first that the transport reads.
 *
 * @throws {UpgradeRefusedError} The answer is not 101.
 * @throws {TransportError} `carrier_violation` for an answer that is not proper
 * HTTP or not this upgrade, `connection_lost` for one that does not come.
 * @throws The signal's reason, once it is aborted.
 */
export async function upgradeConnection(
  conn: Deno.Conn,
  options: UpgradeOptions,
): Promise<Transport> {
  const { signal } = options;
  const secure = "handshake" in conn;
  const peer = describeAddress(conn.remoteAddr);
  const http = new TcpTransport(conn);
  const onAbort = () => http.close();
  signal?.addEventListener("abort", onAbort, { once: true });
  let done = false;
  try {
    signal?.throwIfAborted();
    await http.write(requestBytes(options));
    const answer = new Answer(http);
    const head = await answer.head();
    if (head.status !== 101) throw new UpgradeRefusedError(await answer.refusal(head));
    checkSwitch(head);
    signal?.throwIfAborted();
    done = true;
    return new TcpTransport(conn, { kind: "upgrade", secure, peer, leading: answer.rest() });
  } catch (error) {
    if (!(error instanceof UpgradeRefusedError)) signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    if (!done) http.close();
  }
}

/** The server's bytes so far, up to the largest head that we take. */
class Answer {
  readonly #http: Transport;
  readonly #bytes = new Uint8Array(MAX_ANSWER_HEAD_BYTES);
  #size = 0;
  #start = 0;
  /** What came after the memory was full; only a tunnel's first bytes do. */
  #overflow: Uint8Array | null = null;

  constructor(http: Transport) {
    this.#http = http;
  }

  /** The final head; interim ones (103 Early Hints) are passed over, within the same limit. */
  async head(): Promise<AnswerHead> {
    for (;;) {
      const head = parseAnswerHead(this.#bytes.subarray(0, this.#size), this.#start);
      if (head !== null) {
        this.#start = head.end;
        if (head.status >= 200 || head.status === 101) return head;
      } else if (this.#overflow !== null || this.#size === MAX_ANSWER_HEAD_BYTES) {
        throw new TransportError(
          "carrier_violation",
          `The server's head is larger than ${MAX_ANSWER_HEAD_BYTES} bytes`,
        );
      } else if (!await this.#more()) {
        throw new TransportError("connection_lost", "The server ended without an answer");
      }
    }
  }

  async #more(): Promise<boolean> {
    const bytes = await this.#http.read();
    if (bytes === null) return false;
    const kept = Math.min(bytes.length, MAX_ANSWER_HEAD_BYTES - this.#size);
    this.#bytes.set(bytes.subarray(0, kept), this.#size);
    this.#size += kept;
    if (kept < bytes.length) this.#overflow = bytes.slice(kept);
    return true;
  }

  /** Everything after the head. */
  rest(): Uint8Array {
    const overflow = this.#overflow ?? new Uint8Array(0);
    const rest = new Uint8Array(this.#size - this.#start + overflow.length);
    rest.set(this.#bytes.subarray(this.#start, this.#size));
    rest.set(overflow, this.#size - this.#start);
    return rest;
  }

  /** The refusal, with as much of its body as comes; a body cut short is no reason to fail. */
  async refusal(head: AnswerHead): Promise<UpgradeRefusal> {
    const wanted = bodyBytes(head);
    try {
      while (this.#size - this.#start < wanted && this.#size < MAX_ANSWER_HEAD_BYTES) {
        if (!await this.#more()) break;
      }
    } catch {
      // The status is what counts, and it is known.
    }
    const fields = new Map<string, string>();
    for (const [name, value] of head.fields) {
      if (fields.size < MAX_REFUSAL_FIELDS && !fields.has(name)) fields.set(name, value);
    }
    return { status: head.status, fields, body: this.rest().slice(0, wanted) };
  }
}

/** How much of a refusal's body is worth waiting for. */
function bodyBytes(head: AnswerHead): number {
  if (head.status === 204 || head.status === 304) return 0;
  const length = valuesOf(head, "content-length")[0];
  const known = length !== undefined && /^[0-9]{1,15}$/.test(length) ? Number(length) : Infinity;
  return Math.min(known, MAX_REFUSAL_BODY_BYTES);
}

/**
 * @throws {TransportError} `carrier_violation`: the 101 is not for our request.
 */
function checkSwitch(head: AnswerHead): void {
  const upgrade = valuesOf(head, "upgrade");
  const connection = valuesOf(head, "connection").flatMap((value) => value.split(","));
  const wrong = upgrade.length !== 1 || upgrade[0]!.toLowerCase() !== "tun"
    ? "does not switch to tun"
    : !connection.some((option) => option.trim().toLowerCase() === "upgrade")
    ? "does not name Upgrade in Connection"
    : valuesOf(head, "content-length").length + valuesOf(head, "transfer-encoding").length > 0
    ? "announces a body"
    : null;
  if (wrong !== null) {
    throw new TransportError("carrier_violation", `The server's 101 ${wrong}`);
  }
}

/** The request. Values are checked: a line break in one would be a second field. */
function requestBytes(options: UpgradeOptions): Uint8Array {
  const { host, target = "/connect", fields = [] } = options;
  if (!TARGET.test(target)) throw new TypeError("Cannot ask for a target with such bytes");
  let text = `GET ${target} HTTP/1.1\r\n`;
  const own = [["Host", host], ["Upgrade", "tun"], ["Connection", "Upgrade"]] as const;
  for (const [name, value] of [...own, ...fields]) {
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) {
      throw new TypeError(`Cannot send the field ${JSON.stringify(name)}: it is not valid`);
    }
    text += `${name}: ${value}\r\n`;
  }
  return new TextEncoder().encode(text + "\r\n");
}
