/**
 * How this server checks tokens, as it was configured.
 *
 * @module
 */

import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from "jose";
import type { AuthConfig, JwksSource } from "../cli/config.ts";
import type { Identity } from "./identity.ts";
import { ownSecret } from "./secret.ts";
import { identityOf, KeySetUnavailable } from "./token.ts";

/** Checks tokens. */
export interface TokenCheck {
  /**
   * Finds out who bears a token.
   *
   * @throws {HandshakeRefused} If it does not do.
   */
  readonly check: (token: string) => Promise<Identity>;
  /** The first token's file, if it was made just now. */
  readonly firstTokenFile: string | undefined;
}

/**
 * Gets the keys ready: those that were given, or a secret of our own if there are none.
 *
 * @throws {TypeError} If a key set makes no sense.
 */
export async function openTokenCheck(auth: AuthConfig, state: string): Promise<TokenCheck> {
  if (auth.kind === "none") {
    const nobody = () => Promise.reject(new TypeError("Cannot check a token as there is no key"));
    return { check: nobody, firstTokenFile: undefined };
  }
  const { issuer, audience, jwks } = auth;
  const own = auth.secret === undefined && jwks === undefined ? await ownSecret(state) : undefined;
  const text = auth.secret ?? own?.secret;
  const secret = text === undefined ? undefined : new TextEncoder().encode(text);
  const keySet = jwks === undefined ? undefined : keySetOf(jwks);
  return {
    check: (token) => identityOf(token, { secret, keySet, issuer, audience }),
    firstTokenFile: own?.firstTokenFile,
  };
}

/** Keys from a URL are cached, and asked for again when a token names one that is not there. */
function keySetOf(jwks: JwksSource): JWTVerifyGetKey {
  if (jwks.kind === "keys") return createLocalJWKSet(JSON.parse(jwks.json));
  const remote = createRemoteJWKSet(new URL(jwks.url), { [customFetch]: fetchKeys });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (cause) {
      // What the token is to blame for, jose says with a code of its own.
      const isTokens = cause instanceof errors.JOSEError && cause.code !== "ERR_JOSE_GENERIC";
      throw isTokens ? cause : new KeySetUnavailable("The key set cannot be had", { cause });
    }
  };
}

/** An answer that is not used would keep its connection. */
const fetchKeys: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  if (!response.ok) await response.body?.cancel();
  return response;
};
