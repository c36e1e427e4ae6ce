/**
 * The four forms of a request target (RFC 9112, section 3.2).
 *
 * @module
 */

import { type Authority, readAuthority } from "./host.ts";
import { ASTERISK, encodeLatin1, equalsWord, latin1, QUESTION, SLASH } from "./octets.ts";

/**
 * A target, told by its form. `authority` (CONNECT) has no place here: the
 * parser refuses that method.
 */
export type RequestTarget =
  /** `/path?query`, which nearly every request has. */
  | { readonly form: "origin" }
  /** `*`, with OPTIONS only. */
  | { readonly form: "asterisk" }
  /** `http://host/path?query`. */
  | {
    readonly form: "absolute";
    readonly scheme: "http" | "https";
    readonly authority: Authority;
    /** The path and query: what an origin-form request would have as its target. */
    readonly originForm: string;
  };

const ORIGIN: RequestTarget = { form: "origin" };
const ASTERISK_FORM: RequestTarget = { form: "asterisk" };
const HTTP = encodeLatin1("http://");
const HTTPS = encodeLatin1("https://");

/** Tells which form a target has; its bytes have been checked. `null`: none of them. */
export function readTarget(
  bytes: Uint8Array,
  start: number,
  end: number,
  method: string,
): RequestTarget | null {
  if (bytes[start] === SLASH && end > start) return ORIGIN;
  if (bytes[start] === ASTERISK) {
    return end === start + 1 && method === "OPTIONS" ? ASTERISK_FORM : null;
  }
  const secure = startsWith(bytes, start, end, HTTPS);
  if (!secure && !startsWith(bytes, start, end, HTTP)) return null;
  const authorityStart = start + (secure ? HTTPS : HTTP).length;
  let at = authorityStart;
  while (at < end && bytes[at] !== SLASH && bytes[at] !== QUESTION) at++;
  const authority = readAuthority(bytes, authorityStart, at);
  if (authority === null) return null;
  const rest = latin1(bytes, at, end);
  return {
    form: "absolute",
    scheme: secure ? "https" : "http",
    authority,
    originForm: rest.startsWith("/")
      ? rest
      : rest === "" && method === "OPTIONS"
      ? "*"
      : `/${rest}`,
  };
}

function startsWith(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  return end - start >= word.length && equalsWord(bytes, start, start + word.length, word);
}
