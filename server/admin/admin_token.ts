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

/** Compares what was presented with the token. */
export interface AdminTokenCheck {
  /** In a time that does not depend on where the two differ. */
  accepts(presented: string): Promise<boolean>;
}

/** Makes a check of the token given, or of the one in `state`, which is made if there is none. */
export async function openAdminToken(
  given: string | undefined,
  state: string,
): Promise<AdminTokenCheck> {
  const token = given ?? await keptToken(`${state}/${ADMIN_TOKEN_FILE}`);
  const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
    "verify",
  ]);
  const signature = await crypto.subtle.sign("HMAC", key, utf8.encode(token));
  return {
    accepts: (presented) => crypto.subtle.verify("HMAC", key, signature, utf8.encode(presented)),
  };
}

const utf8 = new TextEncoder();

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
