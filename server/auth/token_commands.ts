/**
 * `tun-server token` and `tun-server token inspect`: tokens for people to hand on, and
 * what a token says.
 *
 * @module
 */

import { HandshakeRefused } from "@tun/protocol";
import { decodeJwt } from "jose";
import type { Command, KeyOptions } from "../cli/command.ts";
import { ownSecret } from "./secret.ts";
import { identityOf, mintToken } from "./token.ts";

/** A token as the command line asks for it. */
export async function tokenFor(
  { claims, ttlMs, keys }: Command & { kind: "token" },
): Promise<string> {
  const { names, ports, kinds, tunnels } = claims;
  // Somebody whom nobody named is nobody else.
  const sub = claims.sub ?? crypto.randomUUID();
  return await mintToken({
    sub,
    ttlMs,
    ...(names.length === 0 ? {} : { names }),
    ...(ports.length === 0 ? {} : { ports }),
    ...(kinds.length === 0 ? {} : { kinds }),
    ...(tunnels === undefined ? {} : { tunnels }),
  }, await secretOf(keys));
}

/** What a token says, and whether this server takes it, as lines for people. */
export async function explainToken(token: string, keys: KeyOptions): Promise<string[]> {
  let verdict = "good here";
  try {
    const { issuer, audience } = keys.auth;
    await identityOf(token, { secret: await secretOf(keys), issuer, audience });
  } catch (error) {
    if (!(error instanceof HandshakeRefused)) throw error;
    verdict = `${error.message} (${error.code})`;
  }
  return [verdict, ...claimLines(token)];
}

function claimLines(token: string): string[] {
  let claims: Record<string, unknown>;
  try {
    claims = decodeJwt(token);
  } catch {
    return ["it cannot be read as a token"];
  }
  return Object.entries(claims).map(([name, value]) => {
    const isTime = (name === "exp" || name === "iat" || name === "nbf") &&
      typeof value === "number" && Number.isSafeInteger(value * 1000);
    const text = isTime ? new Date(value * 1000).toISOString() : JSON.stringify(value);
    return `${name}: ${text}`;
  });
}

async function secretOf({ state, auth }: KeyOptions): Promise<Uint8Array> {
  await Deno.mkdir(state, { recursive: true, mode: 0o700 });
  return new TextEncoder().encode(auth.secret ?? (await ownSecret(state)).secret);
}
