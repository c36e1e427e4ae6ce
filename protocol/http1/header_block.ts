/**
 * The field lines of a head, kept as the bytes they were: order, case, spaces
 * and duplicates are all there, and a line becomes a string only when somebody
 * asks for it.
 *
 * @module
 */

import type { FieldKind, FieldKindSet } from "./field_kind.ts";
import { FieldScan, LINE_ENTRY } from "./field_scan.ts";
import { HeaderEdit } from "./header_edit.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from "./limits.ts";
import { latin1, skipBlanks, trimBlanks } from "./octets.ts";
import { HttpViolation } from "./violation.ts";

// Reused: a scan starts and ends within one call.
const scan = new FieldScan();

/** Validated field lines, each with its CRLF, without the empty line that ends a head. */
export class HeaderBlock {
  /** A block without lines. */
  static readonly empty: HeaderBlock = new HeaderBlock(new Uint8Array(0), 0, 0, [], 0);

  readonly #buffer: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #lines: readonly number[];
  /** Which of the fields that mean something to us are there. */
  readonly kinds: FieldKindSet;

  /**
   * Takes the result of a scan; use {@linkcode HeaderBlock.parse} for bytes
   * that nobody has checked.
   *
   * @ignore
   */
  constructor(
    buffer: Uint8Array,
    start: number,
    end: number,
    lines: readonly number[],
    kinds: FieldKindSet,
  ) {
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
    this.#lines = lines;
    this.kinds = kinds;
  }

  /**
   * Checks field lines, each with its CRLF and without the empty line, and
   * keeps a reference to `bytes`.
   *
   * @throws {HttpViolation}
   */
  static parse(bytes: Uint8Array, limits: HttpLimits = DEFAULT_HTTP_LIMITS): HeaderBlock {
    if (bytes.length > limits.head) {
      throw new HttpViolation("head_too_large", `More than ${limits.head} bytes of headers`);
    }
    scan.scan(bytes, 0, bytes.length, "end_of_bytes", limits.fieldLines);
    return new HeaderBlock(bytes, 0, bytes.length, scan.lines, scan.present);
  }

  /** Makes a block of pairs, in this order; for heads of our own. */
  static of(...fields: readonly (readonly [name: string, value: string])[]): HeaderBlock {
    const edit = HeaderBlock.empty.edit();
    for (const [name, value] of fields) edit.append(name, value);
    return HeaderBlock.parse(edit.toBytes());
  }

  /** All lines, as a view. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** The length of {@linkcode bytes}. */
  get byteLength(): number {
    return this.#end - this.#start;
  }

  /** How many lines there are. */
  get lineCount(): number {
    return this.#lines.length / LINE_ENTRY;
  }

  /** True if a line has this name, whatever its case. */
  has(name: string): boolean {
    return this.find(name, 0) !== -1;
  }

  /** The value of the first line with this name, or `null`. */
  get(name: string): string | null {
    const line = this.find(name, 0);
    return line === -1 ? null : this.valueAt(line);
  }

  /** The value of the first line of this kind, or `null`; faster than by name. */
  first(kind: FieldKind): string | null {
    if ((this.kinds & (1 << kind)) === 0) return null;
    let line = 0;
    while (this.kindAt(line) !== kind) line++;
    return this.valueAt(line);
  }

  /** The values of all lines with this name, in order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let line = this.find(name, 0); line !== -1; line = this.find(name, line + 1)) {
      values.push(this.valueAt(line));
    }
    return values;
  }

  /** The number of the first line from `from` on with this name, or -1. */
  find(name: string, from: number): number {
    for (let line = from; line < this.lineCount; line++) {
      if (this.isNamed(line, name)) return line;
    }
    return -1;
  }

  /** The name in a line, as it was written. */
  nameAt(line: number): string {
    const entry = line * LINE_ENTRY;
    return latin1(this.#buffer, this.#lines[entry]!, this.#lines[entry + 1]!);
  }

  /** The value in a line, without the blanks around it; one character a byte. */
  valueAt(line: number): string {
    const colon = this.#lines[line * LINE_ENTRY + 1]!;
    const lineEnd = this.#start + this.lineStart(line + 1) - 2;
    const start = skipBlanks(this.#buffer, colon + 1, lineEnd);
    return latin1(this.#buffer, start, trimBlanks(this.#buffer, start, lineEnd));
  }

  /** Which field a line is. */
  kindAt(line: number): FieldKind {
    return this.#lines[line * LINE_ENTRY + 2] as FieldKind;
  }

  /** Where a line starts in {@linkcode bytes}; for `lineCount`, where they end. */
  lineStart(line: number): number {
    const entry = line * LINE_ENTRY;
    return (entry < this.#lines.length ? this.#lines[entry]! : this.#end) - this.#start;
  }

  /** Copies the lines from `first` to before `end` into `target`, and gives the position after them. */
  copyLines(first: number, end: number, target: Uint8Array, at: number): number {
    const start = this.#start + this.lineStart(first);
    const bytes = this.#buffer.subarray(start, this.#start + this.lineStart(end));
    target.set(bytes, at);
    return at + bytes.length;
  }

  /** True if the name in a line is this one, whatever its case. */
  isNamed(line: number, name: string): boolean {
    const start = this.#lines[line * LINE_ENTRY]!;
    if (this.#lines[line * LINE_ENTRY + 1]! - start !== name.length) return false;
    for (let i = 0; i < name.length; i++) {
      if (lowerCase(this.#buffer[start + i]!) !== lowerCase(name.charCodeAt(i))) return false;
    }
    return true;
  }

  /** Gives every line's name and value, in order. */
  *entries(): IterableIterator<[name: string, value: string]> {
    for (let line = 0; line < this.lineCount; line++) {
      yield [this.nameAt(line), this.valueAt(line)];
    }
  }

  /** Starts an edit: a new block of these lines without some and with others. */
  edit(): HeaderEdit {
    return new HeaderEdit(this);
  }
}

function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}
