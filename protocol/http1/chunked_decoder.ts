/**
 * Reads a chunked body (RFC 9112, section 7.1).
 *
 * Lines end with CRLF only. A size has 1 to 16 hex digits and is below 2^53.
 * Extensions (`;name`, `;name=token`, `;name="quoted"`) are accepted, as they
 * must be, without the optional white space, which llhttp refuses too; they are
 * counted and dropped.
 *
 * @module
 */

import type { BodyDecoder, BodySink } from "./body_decoder.ts";
import { FieldScan } from "./field_scan.ts";
import { HeadBuffer } from "./head_buffer.ts";
import { HeaderBlock } from "./header_block.ts";
import type { HttpLimits } from "./limits.ts";
import { BACKSLASH, CR, DQUOTE, EQUALS, FIELD_VALUE, HEX, LF, SEMICOLON, TOKEN } from "./octets.ts";
import { checkTrailerKinds } from "./trailers.ts";
import { HttpViolation } from "./violation.ts";

const MAX_SIZE_DIGITS = 16;

/**
 * Where the decoder is:
 *
 * ```text
 * SIZE -> [EXTENSION_...] -> SIZE_END -> DATA -> DATA_CR -> DATA_LF -> SIZE
 *                               '-- size 0 --> TRAILERS -> DONE
 * ```
 */
const SIZE = 0;
const EXTENSION_NAME = 1;
const EXTENSION_VALUE = 2;
const EXTENSION_TOKEN = 3;
const EXTENSION_QUOTED = 4;
const EXTENSION_ESCAPE = 5;
const EXTENSION_END = 6;
const SIZE_END = 7;
const DATA = 8;
const DATA_CR = 9;
const DATA_LF = 10;
const TRAILERS = 11;
const DONE = 12;

// Reused: a scan starts and ends within one call.
const fields = new FieldScan();

/** Reads one chunked body and its trailers. */
export class ChunkedDecoder implements BodyDecoder {
  readonly #limits: HttpLimits;
  #state = SIZE;
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  #nameBytes = 0;
  #trailerBuffer: HeadBuffer | null = null;
  /** The trailers, once the body is whole; `null` if there were none. */
  trailers: HeaderBlock | null = null;

  /** Makes a decoder for one body. */
  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  /** True once the body is whole. */
  get done(): boolean {
    return this.#state === DONE;
  }

  /** See {@linkcode BodyDecoder.push}. */
  push(input: Uint8Array, start: number, sink: BodySink): number {
    let at = start;
    while (at < input.length) {
      switch (this.#state) {
        case SIZE:
          at = this.#readSize(input, at);
          break;
        case SIZE_END:
          if (input[at++] !== LF) throw badSize("CR without LF after a chunk size");
          this.#state = this.#size === 0 ? TRAILERS : DATA;
          break;
        case DATA: {
          const end = Math.min(input.length, at + this.#size);
          this.#size -= end - at;
          if (this.#size === 0) this.#state = DATA_CR;
          sink(input.subarray(at, end));
          at = end;
          break;
        }
        case DATA_CR:
          if (input[at++] !== CR) throw badEnd();
          this.#state = DATA_LF;
          break;
        case DATA_LF:
          if (input[at++] !== LF) throw badEnd();
          this.#state = SIZE;
          break;
        case TRAILERS: {
          const end = this.#readTrailers(input, at);
          if (end !== -1) return end;
          return input.length;
        }
        case DONE:
          return at;
        default:
          this.#readExtension(input[at++]!);
      }
    }
    return at;
  }

  /** See {@linkcode BodyDecoder.end}. */
  end(): void {
    if (!this.done) throw new HttpViolation("early_end", "The body ended early");
  }

  #readSize(input: Uint8Array, start: number): number {
    let at = start;
    for (; at < input.length; at++) {
      const digit = HEX[input[at]!]!;
      if (digit === 255) break;
      if (++this.#digits > MAX_SIZE_DIGITS) throw badSize("A chunk size has too many digits");
      this.#size = this.#size * 16 + digit;
    }
    if (at === input.length) return at;
    if (this.#digits === 0 || !Number.isSafeInteger(this.#size)) {
      throw badSize("A chunk size is not a number below 2^53");
    }
    const octet = input[at];
    if (octet === CR) this.#state = SIZE_END;
    else if (octet === SEMICOLON) this.#startExtension();
    else throw badSize("A chunk size has a character that is no hex digit");
    this.#digits = 0;
    return at + 1;
  }

  #startExtension(): void {
    this.#state = EXTENSION_NAME;
    this.#nameBytes = 0;
  }

  #readExtension(octet: number): void {
    if (++this.#extensionBytes > this.#limits.chunkExtensions) {
      throw new HttpViolation(
        "chunk_extensions_too_large",
        `More than ${this.#limits.chunkExtensions} bytes of chunk extensions`,
      );
    }
    const ends = octet === CR || octet === SEMICOLON;
    switch (this.#state) {
      case EXTENSION_NAME:
        if (TOKEN[octet] === 1) this.#nameBytes++;
        else if (this.#nameBytes === 0) throw badExtension();
        else if (octet === EQUALS) this.#state = EXTENSION_VALUE;
        else if (ends) this.#endExtension(octet);
        else throw badExtension();
        break;
      case EXTENSION_VALUE:
        if (octet === DQUOTE) this.#state = EXTENSION_QUOTED;
        else if (TOKEN[octet] === 1) this.#state = EXTENSION_TOKEN;
        else throw badExtension();
        break;
      case EXTENSION_TOKEN:
        if (TOKEN[octet] === 1) break;
        if (!ends) throw badExtension();
        this.#endExtension(octet);
        break;
      case EXTENSION_QUOTED:
        if (octet === DQUOTE) this.#state = EXTENSION_END;
        else if (octet === BACKSLASH) this.#state = EXTENSION_ESCAPE;
        else if (FIELD_VALUE[octet] !== 1) throw badExtension();
        break;
      case EXTENSION_ESCAPE:
        if (FIELD_VALUE[octet] !== 1) throw badExtension();
        this.#state = EXTENSION_QUOTED;
        break;
      case EXTENSION_END:
        if (!ends) throw badExtension();
        this.#endExtension(octet);
        break;
    }
  }

  #endExtension(octet: number): void {
    if (octet === CR) this.#state = SIZE_END;
    else this.#startExtension();
  }

  #readTrailers(input: Uint8Array, start: number): number {
    if (this.#trailerBuffer === null) {
      // No trailers, and both bytes of the empty line are here: the usual end.
      if (input[start] === CR && start + 1 < input.length && input[start + 1] === LF) {
        this.#state = DONE;
        return start + 2;
      }
      const limits = this.#limits;
      this.#trailerBuffer = new HeadBuffer(
        limits.trailers,
        (bytes, end) => fields.scan(bytes, 0, end, "empty_line", limits.fieldLines),
      );
    }
    const buffer = this.#trailerBuffer;
    const end = buffer.push(input, start);
    if (end === -1) {
      if (buffer.full) {
        throw new HttpViolation(
          "trailers_too_large",
          `The trailers are longer than ${this.#limits.trailers} bytes`,
        );
      }
      return -1;
    }
    checkTrailerKinds(fields.present);
    this.#state = DONE;
    const bytes = buffer.take();
    if (bytes.length > 2) {
      this.trailers = new HeaderBlock(bytes, 0, bytes.length - 2, fields.lines, fields.present);
    }
    return end;
  }
}

function badSize(message: string): HttpViolation {
  return new HttpViolation("bad_chunk_size", message);
}

function badExtension(): HttpViolation {
  return new HttpViolation("bad_chunk_extension", "A chunk extension is malformed");
}

function badEnd(): HttpViolation {
  return new HttpViolation("bad_chunk_end", "The data of a chunk is not followed by CRLF");
}
