/**
 * Asking an HTTP/1.1 server to speak another protocol over the same connection, as a client:
 * the request, the answer, and what stood behind it.
 *
 * @module
 */

import {
  type AnswerHead,
  MAX_ANSWER_HEAD_BYTES,
  parseAnswerHead,
  valuesOf,
} from "./http_answer.ts";
import { TcpTransport } from "./tcp.ts";
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

/** Where a server takes clients, if nothing else is said. */
export const DEFAULT_TARGET = "/connect";

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

/**
 * Sends a request and gives what came behind a 101 that `check` finds good. The connection stays
 * the caller's if this succeeds, and is closed by a failure.
 *
 * @throws {UpgradeRefusedError} The answer is not 101.
 * @throws {TransportError} `carrier_violation` for an answer that is not proper HTTP,
 * `connection_lost` for one that does not come.
 * @throws What `makeRequest` or `check` throws.
 * @throws The signal's reason, once it is aborted.
 */
export async function switchProtocols(
  conn: Deno.Conn,
  makeRequest: () => Uint8Array,
  check: (head: AnswerHead) => void | Promise<void>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const http = new TcpTransport(conn);
  const onAbort = () => http.close();
  signal?.addEventListener("abort", onAbort, { once: true });
  let done = false;
  try {
    signal?.throwIfAborted();
    await http.write(makeRequest());
    const answer = new Answer(http);
    const head = await answer.head();
    if (head.status !== 101) throw new UpgradeRefusedError(await answer.refusal(head));
    await check(head);
    signal?.throwIfAborted();
    done = true;
    return answer.rest();
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
