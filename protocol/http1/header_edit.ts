/**
 * Header lines taken out of a block and put into it, by copying ranges of
 * bytes: a line that stays is never read again.
 *
 * @module
 */

import { allocateBytes } from "../small_bytes.ts";
import { FieldKind, type FieldKindSet } from "./field_kind.ts";
import type { HeaderBlock } from "./header_block.ts";
import { FIELD_VALUE, TOKEN, writeLatin1 } from "./octets.ts";

// `TE` and `Upgrade` stand in `Connection` by rule; what stays of them is decided
// by what is in them.
const CONNECTION_OPTIONS: ReadonlySet<string> = new Set([
  "",
  "close",
  "keep-alive",
  "upgrade",
  "te",
]);

const NO_LINES = new Uint8Array(0);

/** A block to be, made of another one. Every method that changes it gives it back. */
export class HeaderEdit {
  readonly #block: HeaderBlock;
  /** The lines that go, or that `#replacements` replaces; `null` as long as all stay. */
  #gone: boolean[] | null = null;
  #replacements: Map<number, string> | null = null;
  #lines: Uint8Array = NO_LINES;
  #appended = "";

  /** Use {@linkcode HeaderBlock.edit}. */
  constructor(block: HeaderBlock) {
    this.#block = block;
  }

  /** Removes every line of these kinds. */
  removeKinds(kinds: FieldKindSet): this {
    if ((this.#block.kinds & kinds) === 0) return this;
    for (let line = 0; line < this.#block.lineCount; line++) {
      if ((kinds & (1 << this.#block.kindAt(line))) !== 0) this.#remove(line);
    }
    return this;
  }

  /** Removes every line with this name. */
  remove(name: string): this {
    for (
      let line = this.#block.find(name, 0);
      line !== -1;
      line = this.#block.find(name, line + 1)
    ) {
      this.#remove(line);
    }
    return this;
  }

  /** Removes every line that a `Connection` line names; its options are no names. */
  removeNamedByConnection(): this {
    if ((this.#block.kinds & (1 << FieldKind.connection)) === 0) return this;
    for (let line = 0; line < this.#block.lineCount; line++) {
      if (this.#block.kindAt(line) !== FieldKind.connection) continue;
      for (const member of this.#block.valueAt(line).split(",")) {
        const name = member.trim();
        if (!CONNECTION_OPTIONS.has(name.toLowerCase())) this.remove(name);
      }
    }
    return this;
  }

  /**
   * Adds a line at the end.
   *
   * @throws {TypeError} If the name is not a token, or the value has a control
   * character or one above U+00FF.
   */
  append(name: string, value: string): this {
    this.#appended += formatLine(name, value);
    return this;
  }

  /** Adds lines, which were checked, at the end; before what {@linkcode append} adds. */
  appendLines(lines: Uint8Array): this {
    this.#lines = lines;
    return this;
  }

  /** Writes a new value where the first line with this name is, and removes the others. */
  set(name: string, value: string): this {
    const text = formatLine(name, value);
    const first = this.#block.find(name, 0);
    if (first === -1) {
      this.#appended += text;
      return this;
    }
    this.remove(name);
    this.#replacements ??= new Map();
    this.#replacements.set(first, text);
    return this;
  }

  /** The length of the result. */
  get byteLength(): number {
    let length = this.#block.byteLength + this.#lines.length + this.#appended.length;
    if (this.#gone === null) return length;
    for (let line = 0; line < this.#block.lineCount; line++) {
      if (this.#gone[line]) {
        length -= this.#block.lineStart(line + 1) - this.#block.lineStart(line);
        length += this.#replacements?.get(line)?.length ?? 0;
      }
    }
    return length;
  }

  /** Writes the result into `target` and gives the position after it. */
  writeTo(target: Uint8Array, at: number): number {
    const lines = this.#block.lineCount;
    let end = at;
    if (this.#gone === null) {
      end = this.#block.copyLines(0, lines, target, end);
    } else {
      for (let line = 0; line < lines;) {
        if (this.#gone[line]) {
          const replacement = this.#replacements?.get(line);
          line++;
          if (replacement !== undefined) end = writeLatin1(replacement, target, end);
          continue;
        }
        const first = line;
        while (line < lines && !this.#gone[line]) line++;
        end = this.#block.copyLines(first, line, target, end);
      }
    }
    target.set(this.#lines, end);
    return writeLatin1(this.#appended, target, end + this.#lines.length);
  }

  /** The result in bytes of its own, or the block's own bytes if nothing has changed. */
  toBytes(): Uint8Array {
    if (this.#gone === null && this.#lines === NO_LINES && this.#appended === "") {
      return this.#block.bytes;
    }
    const bytes = allocateBytes(this.byteLength);
    this.writeTo(bytes, 0);
    return bytes;
  }

  #remove(line: number): void {
    this.#gone ??= new Array<boolean>(this.#block.lineCount).fill(false);
    this.#gone[line] = true;
    this.#replacements?.delete(line);
  }
}

function formatLine(name: string, value: string): string {
  if (name === "") throw new TypeError("Cannot write a header without a name");
  for (let i = 0; i < name.length; i++) {
    if (TOKEN[name.charCodeAt(i)] !== 1) {
      throw new TypeError(`Cannot write header "${name}": the name is not a token`);
    }
  }
  for (let i = 0; i < value.length; i++) {
    if (FIELD_VALUE[value.charCodeAt(i)] !== 1) {
      throw new TypeError(`Cannot write header "${name}": the value has a forbidden character`);
    }
  }
  return `${name}: ${value}\r\n`;
}
