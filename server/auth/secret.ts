/**
 * The secret that a server without keys makes for itself, and the first token that
 * goes with it. Both live in the state directory and are nobody else's to read.
 *
 * @module
 */

import { encodeBase64Url } from "@std/encoding/base64url";
import { mintToken, type TokenRequest } from "./mint.ts";

const SECRET_BYTES = 32;

/** The first token lasts this long: enough to get going, not for ever. */
const FIRST_TOKEN_MS = 90 * 24 * 60 * 60_000;

/** What was found or made in the state directory. */
export interface OwnSecret {
  /** What tokens are signed with. */
  readonly secret: string;
  /** Where the first token is, if it was made just now. */
  readonly firstTokenFile?: string;
}

/** Reads the state directory's secret, or makes one and a first token. */
export async function ownSecret(
  stateDirectory: string,
  addressed: Pick<TokenRequest, "issuer" | "audience">,
): Promise<OwnSecret> {
  const secretFile = `${stateDirectory}/secret`;
  const found = await readIfThere(secretFile);
  if (found !== undefined) return { secret: found.trim() };
  const secret = encodeBase64Url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
  await writePrivate(secretFile, secret);
  const firstTokenFile = `${stateDirectory}/first-token`;
  const rights = { names: ["*"], ports: ["1-65535"] };
  const request = { ...addressed, sub: "first", rights, ttlMs: FIRST_TOKEN_MS };
  await writePrivate(firstTokenFile, await mintToken(request, secret));
  return { secret, firstTokenFile };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function writePrivate(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text + "\n", { mode: 0o600, createNew: true });
}
