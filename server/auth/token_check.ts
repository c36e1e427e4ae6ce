/**
 * How this server checks tokens, as it was configured.
 *
 * @module
 */

import type { AuthConfig } from "../cli/config.ts";
import type { Identity } from "./identity.ts";
import { ownSecret } from "./secret.ts";
import { identityOf } from "./token.ts";

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

/** Gets the key ready, making one in the state directory if there is none anywhere. */
export async function openTokenCheck(auth: AuthConfig, state: string): Promise<TokenCheck> {
  if (auth.kind === "none") {
    const nobody = () => Promise.reject(new TypeError("Cannot check a token as there is no key"));
    return { check: nobody, firstTokenFile: undefined };
  }
  const own = auth.secret === undefined ? await ownSecret(state) : undefined;
  const secret = new TextEncoder().encode(auth.secret ?? own?.secret);
  const { issuer, audience } = auth;
  return {
    check: (token) => identityOf(token, { secret, issuer, audience }),
    firstTokenFile: own?.firstTokenFile,
  };
}
