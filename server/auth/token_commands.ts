/**
 * `tun-server token` and `tun-server token inspect`: tokens for people to hand on, and
 * what a token says.
 *
 * @module
 */

import { HandshakeRefused, systemClock } from "@tun/protocol";
import { decodeJwt } from "jose";
import type { Command, KeyOptions } from "../cli/command.ts";
import type { Grant } from "./grant.ts";
import { mintToken } from "./mint.ts";
import { ownSecret } from "./secret.ts";
import { TokenCheck } from "./token_check.ts";

/** A token as the command line asks for it. */
export async function tokenFor(
  { claims, ttlMs, keys }: Command & { kind: "token" },
): Promise<string> {
  const { sub, ...rights } = claims;
  const { issuer, audience, secret } = keys.auth;
  await makePrivate(keys.state);
  const given = Object.entries(rights).filter(([, value]) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined
  );
  return await mintToken({
    // Somebody whom nobody named is nobody else.
    sub: sub ?? crypto.randomUUID(),
    rights: Object.fromEntries(given),
    ttlMs,
    issuer,
    audience,
  }, secret ?? (await ownSecret(keys.state, { issuer, audience })).secret);
}

/** What a token says, and whether this server takes it, as lines for people. */
export async function explainToken(token: string, { state, auth }: KeyOptions): Promise<string[]> {
  await makePrivate(state);
  using check = await TokenCheck.open(auth, {
    state,
    clock: systemClock,
    wallTime: Date.now,
    onEvent: () => {},
  });
  try {
    const { grant } = await check.check(token);
    return ["good here", ...claimLines(token), ...grantLines(grant)];
  } catch (error) {
    if (!(error instanceof HandshakeRefused)) throw error;
    return [`${error.message} (${error.code}, ${error.reason})`, ...claimLines(token)];
  }
}

/** Without the lock: a server may be running. */
async function makePrivate(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
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
      typeof value === "number" && Math.abs(value) < 8.64e12;
    const text = isTime ? new Date(value * 1000).toISOString() : JSON.stringify(value);
    return `${name}: ${text}`;
  });
}

function grantLines(grant: Grant): string[] {
  const { names, ports, kinds, visitors, ...limits } = grant;
  const ranges = ports.map(({ first, last }) => first === last ? `${first}` : `${first}-${last}`);
  const lines = [
    `may open: ${kinds.join(" and ") || "nothing"}`,
    `may choose names: ${names.join(", ") || "none, random ones only"}`,
    `may open ports: ${ranges.join(", ") || "none"}`,
    ...Object.entries({
      "tunnels at once": limits.tunnels,
      "requests at once": limits.streams,
      "requests a second": limits.requestsPerSecond,
      "bytes a second": limits.bytesPerSecond,
      "seconds a session": limits.sessionMs / 1000,
    }).filter(([, most]) => most !== Infinity).map(([what, most]) => `most ${what}: ${most}`),
  ];
  if (visitors !== null) lines.push(`visitors from: ${visitors.join(", ") || "nowhere"}`);
  return lines;
}
