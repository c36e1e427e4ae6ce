/**
 * Puts lines of the log together, byte by byte, in memory that is used again for the next
 * ones. As text, a line of 300 characters is some thirty objects, which all live until the
 * line is written: a tenth of what a small request cost (`../ingress/http_ingress_bench.ts`).
 *
 * @module
 */

/** The lines of a moment mostly need no more. */
const FIRST_CAPACITY = 16 * 1024;

/** What a very busy server needs: more than that is only needed when a reader is stuck. */
const LARGE_CAPACITY = 256 * 1024;

/** Larger whole numbers are rare, and left to the platform. */
const MOST_DIGITS = 1e9;

const DIGIT_0 = 0x30;
const POINT = 0x2e;

/** A set of characters. */
export type CharacterSet = Uint8Array & { readonly length: 256 };

/** The characters of ASCII for which `test` is true. */
export function charactersThat(test: (code: number) => boolean): CharacterSet {
  const all = Uint8Array.from({ length: 256 }, (_, code) => Number(code < 128 && test(code)));
  return all as CharacterSet;
}

/** Bytes of lines, one behind the other. */
export class LineBytes {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  /** Changes places with the other, so that lines can be put together while lines are written. */
  #spare = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  /** Bytes since the last {@linkcode take}. */
  get length(): number {
    return this.#length;
  }

  /** What was appended since the last time; good until the next time. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    const taken = bytes.subarray(0, this.#length);
    this.#bytes = this.#spare;
    this.#spare = bytes.length > LARGE_CAPACITY ? new Uint8Array(FIRST_CAPACITY) : bytes;
    this.#length = 0;
    return taken;
  }

  /** Takes back everything behind the first `length` bytes. */
  cutTo(length: number): void {
    this.#length = length;
  }

  /** Appends a copy of these. */
  appendBytes(more: Uint8Array): void {
    const bytes = this.#withRoom(more.length);
    bytes.set(more, this.#length);
    this.#length += more.length;
  }

  /** A copy of what was appended since {@linkcode length} was `start`. */
  copyFrom(start: number): Uint8Array {
    return this.#bytes.slice(start, this.#length);
  }

  /** Appends text that has only ASCII. */
  append(text: string): void {
    const { length } = text;
    const bytes = this.#withRoom(length);
    const start = this.#length;
    for (let i = 0; i < length; i++) bytes[start + i] = text.charCodeAt(i);
    this.#length = start + length;
  }

  /** Appends text that has only characters of `set`: false, and nothing is appended, if it has others. */
  appendOnly(set: CharacterSet, text: string): boolean {
    const { length } = text;
    const bytes = this.#withRoom(length);
    const start = this.#length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (set[code] !== 1) return false;
      bytes[start + i] = code;
    }
    this.#length = start + length;
    return true;
  }

  /** Appends a number as JSON has it. */
  appendNumber(value: number): void {
    const tenths = Math.round(value * 10);
    // Whole numbers and tenths are what is logged: as text each would be an object.
    if (value >= 0 && tenths < MOST_DIGITS && tenths / 10 === value) this.#appendTenths(tenths);
    else this.append(Number.isFinite(value) ? String(value) : "null");
  }

  #appendTenths(tenths: number): void {
    const whole = Math.trunc(tenths / 10);
    const rest = tenths - whole * 10;
    this.#appendDigits(whole);
    if (rest === 0) return;
    const bytes = this.#withRoom(2);
    bytes[this.#length++] = POINT;
    bytes[this.#length++] = DIGIT_0 + rest;
  }

  #appendDigits(value: number): void {
    let end = this.#length + 1;
    for (let least = 10; value >= least; least *= 10) end++;
    const bytes = this.#withRoom(end - this.#length);
    this.#length = end;
    let left = value;
    do {
      const tens = Math.trunc(left / 10);
      bytes[--end] = DIGIT_0 + left - tens * 10;
      left = tens;
    } while (left > 0);
  }

  #withRoom(more: number): Uint8Array {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return this.#bytes;
    const larger = new Uint8Array(2 * needed);
    larger.set(this.#bytes.subarray(0, this.#length));
    return this.#bytes = larger;
  }
}
