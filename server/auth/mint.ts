/**
 * Makes tokens, signed with the server's secret (HS256).
 *
 * @module
 */

import { SignJWT } from "jose";

/** Who signs with the server's own secret, if nothing else is configured. */
export const OWN_ISSUER = "tun";

/** What a token is to say. */
export interface TokenRequest {
  /** Whose it is. */
  readonly sub: string;
  /** What it grants, in the words of its claims: see `grant.ts`. */
  readonly rights: Readonly<Record<string, unknown>>;
  /** How long it is good for. */
  readonly ttlMs: number;
  /** Who signs it. @default {"tun"} */
  readonly issuer?: string | undefined;
  /** Whom it is for; nobody in particular without. */
  readonly audience?: string | undefined;
}

/** Makes a token. It has an id (`jti`), so that it can be denied alone. */
export async function mintToken(request: TokenRequest, secret: string): Promise<string> {
  const { sub, rights, ttlMs, issuer = OWN_ISSUER, audience } = request;
  const now = Math.floor(Date.now() / 1000);
  const token = new SignJWT({ ...rights })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(issuer)
    .setSubject(sub)
    .setJti(crypto.randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + Math.ceil(ttlMs / 1000));
  if (audience !== undefined) token.setAudience(audience);
  return await token.sign(new TextEncoder().encode(secret));
}
