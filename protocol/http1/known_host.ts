/**
 * Remembers the last `Host`. The requests of a connection nearly always name the same one,
 * and comparing it costs less than reading it again, and than each making texts of it.
 *
 * @module
 */

import { type Authority, readAuthority } from "./host.ts";
import { latin1 } from "./octets.ts";

const NOTHING = new Uint8Array(0);

/** The host that was named last. */
export class KnownHost {
  #bytes: Uint8Array = NOTHING;
  #text = "";
  #authority: Authority | null = null;

  /** What {@linkcode read} was given, as text. */
  get text(): string {
    return this.#text;
  }

  /** Reads `host[:port]`, or gives `null` if it is anything else. */
  read(bytes: Uint8Array, start: number, end: number): Authority | null {
    if (this.#isKnown(bytes, start, end)) return this.#authority;
    // With memory of its own: it may stay as long as the connection.
    this.#bytes = bytes.slice(start, end);
    this.#text = latin1(bytes, start, end);
    return this.#authority = readAuthority(bytes, start, end);
  }

  #isKnown(bytes: Uint8Array, start: number, end: number): boolean {
    const known = this.#bytes;
    const { length } = known;
    if (length === 0 || length !== end - start) return false;
    for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
    return true;
  }
}
