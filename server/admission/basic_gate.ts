/**
 * Basic authentication at the edge, against hashes.
 *
 * `user:password` is hashed and compared as a whole, so there is no user to look up: a user that
 * does not exist and a wrong password take the same way. The hash is a fast one on purpose.
 * Every visitor sends the password itself, and this process sees it; a slow hash would protect
 * nothing from it, and cost whoever sends wrong ones nothing but us a lot. What the client gains is
 * that the server cannot know a password that no visitor has used.
 *
 * @module
 */

import { type BasicRules, hashCredentials } from "@tun/protocol";
import { decodeBase64 } from "@std/encoding/base64";
import { sameBytes, sameText } from "../constant_time.ts";

/** `Basic`, and base64 that can be decoded; of more bytes (768) than a password has. */
const BASIC = /^basic +((?:[A-Za-z0-9+/]{4}){0,256}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?) *$/i;

/** Knows who may come in. */
export class BasicGate {
  readonly #rules: BasicRules;
  /** For each user the token that was right before, so that most requests need no hash. */
  readonly #known: (string | undefined)[];

  /** Nobody has come in yet. */
  constructor(rules: BasicRules) {
    this.#rules = rules;
    this.#known = rules.hashes.map(() => undefined);
  }

  /** Whether this `Authorization` has been found right before. */
  knows(authorization: string | null): boolean {
    const token = tokenOf(authorization);
    if (token === undefined) return false;
    let isKnown = false;
    for (const known of this.#known) {
      if (known !== undefined) isKnown = sameText(known, token) || isKnown;
    }
    return isKnown;
  }

  /** Whether this `Authorization` is right. */
  async verify(authorization: string | null): Promise<boolean> {
    const token = tokenOf(authorization);
    if (token === undefined) return false;
    const { salt, hashes } = this.#rules;
    const hash = await hashCredentials(salt, decodeBase64(token));
    let match = -1;
    for (const [index, expected] of hashes.entries()) {
      if (sameBytes(expected, hash)) match = index;
    }
    if (match >= 0) this.#known[match] = token;
    return match >= 0;
  }
}

function tokenOf(authorization: string | null): string | undefined {
  return authorization === null ? undefined : BASIC.exec(authorization)?.[1];
}
