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

/** Random bytes are drawn for so many ids at once. */
const BATCH = 256;

/** Characters of an id. */
const ID_LENGTH = 14;
/** 32 of them, so that each is as likely as any other. */
const ALPHABET = new TextEncoder().encode("0123456789abcdefghijklmnopqrstuv");
const ascii = new TextDecoder();

/** Makes ids that say nothing: neither how many there were, nor what the next one is. */
export class RequestIds {
  readonly #bytes = new Uint8Array(BATCH * ID_LENGTH);
  #ids = "";
  #next = 0;

  /** Another id: 70 random bits, in 14 characters. */
  next(): string {
    if (this.#next === this.#ids.length) this.#draw();
    return this.#ids.slice(this.#next, this.#next += ID_LENGTH);
  }

  #draw(): void {
    crypto.getRandomValues(this.#bytes);
    this.#ids = ascii.decode(this.#bytes.map((byte) => ALPHABET[byte % ALPHABET.length]!));
    this.#next = 0;
  }
}

/** The id that a request brings along, or `undefined` if that will not do. */
export function broughtRequestId(headers: HeaderBlock): string | undefined {
  const line = headers.find("x-request-id", 0);
  if (line === -1 || headers.find("x-request-id", line + 1) !== -1) return undefined;
  const id = headers.valueAt(line);
  return SANE_ID.test(id) ? id : undefined;
}
