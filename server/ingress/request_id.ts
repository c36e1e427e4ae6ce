/**
 * The id of a request: what the visitor or a proxy in front calls it, or one of ours. The
 * app sees it in `X-Request-Id`, the log has it, and so has every answer of our own.
 *
 * @module
 */

import type { HeaderBlock } from "@tun/protocol/http1";

/** The field that carries it. */
export const REQUEST_ID_FIELD = "X-Request-Id";

/**
 * What passes as an id: the characters that ids in use are made of, none of which means
 * anything in a log, a shell or a page; and no more of them than any scheme needs.
 */
const SANE_ID = /^[A-Za-z0-9._~:/+=@-]{1,128}$/;

/** Random words are drawn for so many ids at once. */
const BATCH = 256;

/** Makes ids that say nothing: neither how many there were, nor what the next one is. */
export class RequestIds {
  readonly #words = new Uint32Array(2 * BATCH);
  #next = this.#words.length;

  /** Another id: 64 random bits, in 14 characters. */
  next(): string {
    if (this.#next === this.#words.length) {
      crypto.getRandomValues(this.#words);
      this.#next = 0;
    }
    const high = this.#words[this.#next++]!;
    const low = this.#words[this.#next++]!;
    return high.toString(36).padStart(7, "0") + low.toString(36).padStart(7, "0");
  }
}

/** The id that a request brings along, or `undefined` if that will not do. */
export function broughtRequestId(headers: HeaderBlock): string | undefined {
  const line = headers.find("x-request-id", 0);
  if (line === -1 || headers.find("x-request-id", line + 1) !== -1) return undefined;
  const id = headers.valueAt(line);
  return SANE_ID.test(id) ? id : undefined;
}
