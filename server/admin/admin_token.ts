/**
 * The token of the operators: given, or made at the first start and kept in the state
 * directory, where only the server's own user can read it.
 *
 * @module
 */

import { encodeBase64Url } from "@std/encoding/base64url";

/** Where a generated token lies in the state directory. */
export const ADMIN_TOKEN_FILE = "admin-token";

/** 256 bits: nobody guesses it. */
const TOKEN_BYTES = 32;

/** A given token that is shorter could be guessed over the network. */
export const LEAST_ADMIN_TOKEN_LENGTH = 16;

/** True for what can be sent as a bearer token and takes more than a few guesses. */
export function isAdminToken(text: string): boolean {
  return text.length >= LEAST_ADMIN_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(text);
}

const utf8 = new TextEncoder();

/** The token in force; what is presented is compared with it. */
export class AdminToken {
  readonly #path: string;
  /** For comparing: it never leaves the process. */
  readonly #key: CryptoKey;
  #signature: BufferSource;

  private constructor(path: string, key: CryptoKey, signature: BufferSource) {
    this.#path = path;
    this.#key = key;
    this.#signature = signature;
  }

  /** Begins with the token given, or the one in `state`, which is made if there is none. */
  static async open(given: string | undefined, state: string): Promise<AdminToken> {
    const path = `${state}/${ADMIN_TOKEN_FILE}`;
    const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
      "verify",
    ]);
    return new AdminToken(path, key, await sign(key, given ?? await keptToken(path)));
  }

  /** Makes another one ready, or what the file says by now. The result brings it into force. */
  async prepare(given: string | undefined): Promise<() => void> {
    const signature = await sign(this.#key, given ?? await keptToken(this.#path));
    return () => {
      this.#signature = signature;
    };
  }

  /** Compares, in a time that does not depend on where the two differ. */
  accepts(presented: string): Promise<boolean> {
    return crypto.subtle.verify("HMAC", this.#key, this.#signature, utf8.encode(presented));
  }
}

function sign(key: CryptoKey, token: string): Promise<ArrayBuffer> {
  return crypto.subtle.sign("HMAC", key, utf8.encode(token));
}

async function keptToken(path: string): Promise<string> {
  try {
    const text = (await Deno.readTextFile(path)).trim();
    if (isAdminToken(text)) return text;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const token = encodeBase64Url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
  await Deno.writeTextFile(path, `${token}\n`, { mode: 0o600 });
  return token;
}
