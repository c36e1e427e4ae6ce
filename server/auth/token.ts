/**
 * Tokens: JWTs signed with a secret of the server's (HS256), or with a key whose
 * public half is in a key set (RS, PS, ES, EdDSA). Which kind of key is used follows
 * from the algorithm, so a public key can never pass for a secret.
 *
 * Claims: `sub` and `exp` are required; `names` (exact or with `*`), `ports`
 * (`"30000"`, `"30000-30100"`), `kinds` and `tunnels` say what their bearer may do.
 * Without `names` there are only random names, without `ports` no TCP port.
 *
 * @module
 */

import { HandshakeRefused } from "@tun/protocol";
import {
  errors,
  type JWTHeaderParameters,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
  SignJWT,
} from "jose";
import type { PortRange } from "../registry/port_range.ts";
import { subjectOwner } from "../registry/owner.ts";
import type { Grant, Identity } from "./identity.ts";

/** Who signs with the server's own secret. */
const OWN_ISSUER = "tun";

/** Clocks differ. */
const TOLERANCE_SECONDS = 30;

const DEFAULT_TUNNELS = 100;

/** What a token is to say. */
export interface TokenRequest {
  /** Whose it is. */
  readonly sub: string;
  /** Names that may be chosen. */
  readonly names?: readonly string[];
  /** Public ports that may be had. */
  readonly ports?: readonly string[];
  /** What may be tunnelled; everything without. */
  readonly kinds?: readonly ("http" | "tcp")[];
  /** Tunnels at once. */
  readonly tunnels?: number;
  /** How long it is good for. */
  readonly ttlMs: number;
}

/** How tokens are checked. */
export interface TokenRules {
  /** What they are signed with, if it is a secret. */
  readonly secret?: Uint8Array | undefined;
  /** Finds the public key, if they are signed with a private one. */
  readonly keySet?: JWTVerifyGetKey | undefined;
  /** Who must have issued them; not looked at without. */
  readonly issuer?: string | undefined;
  /** Whom they must be for; not looked at without. */
  readonly audience?: string | undefined;
}

/** Makes a token. */
export async function mintToken(request: TokenRequest, secret: Uint8Array): Promise<string> {
  const { sub, ttlMs, ...rights } = request;
  const now = Math.floor(Date.now() / 1000);
  return await new SignJWT({ ...rights })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(OWN_ISSUER)
    .setSubject(sub)
    .setIssuedAt(now)
    .setExpirationTime(now + Math.ceil(ttlMs / 1000))
    .sign(secret);
}

/**
 * Finds out who bears a token.
 *
 * @throws {HandshakeRefused} `token_refused` or `token_expired`.
 */
export async function identityOf(token: string | undefined, rules: TokenRules): Promise<Identity> {
  if (token === undefined) {
    throw new HandshakeRefused("token_refused", "This server wants a token, and there was none");
  }
  const payload = await verify(token, rules);
  const { sub, exp, iss = "" } = payload;
  if (typeof sub !== "string" || sub === "" || typeof exp !== "number") {
    throw new HandshakeRefused(
      "token_refused",
      "The token does not say whose it is, or until when",
    );
  }
  return {
    owner: await subjectOwner(iss, sub),
    label: sub,
    grant: grantOf(payload),
    expiresAt: exp * 1000,
  };
}

const SECRET_ALGORITHMS = ["HS256"];
const PUBLIC_ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "EdDSA", "Ed25519"],
];

async function verify(token: string, rules: TokenRules): Promise<JWTPayload> {
  const { secret, keySet, issuer, audience } = rules;
  const keyFor: JWTVerifyGetKey = async (header: JWTHeaderParameters, jws) => {
    if (header.alg.startsWith("HS")) return secret!;
    return await keySet!(header, jws);
  };
  try {
    const { payload } = await jwtVerify(token, keyFor, {
      algorithms: [
        ...(secret === undefined ? [] : SECRET_ALGORITHMS),
        ...(keySet === undefined ? [] : PUBLIC_ALGORITHMS),
      ],
      clockTolerance: TOLERANCE_SECONDS,
      requiredClaims: ["sub", "exp"],
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    });
    return payload;
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(cause: unknown): unknown {
  if (cause instanceof errors.JWTExpired) {
    return new HandshakeRefused("token_expired", "The token has expired", { cause });
  }
  // The key server is away, or answers with something else: that is not the token's fault.
  if (cause instanceof errors.JWKSTimeout || cause instanceof KeySetUnavailable) {
    return new HandshakeRefused("auth_unavailable", "Tokens cannot be checked at the moment", {
      cause,
      retryAfterMs: 5000,
    });
  }
  if (cause instanceof errors.JOSEError) {
    return new HandshakeRefused("token_refused", "The token is not valid here", { cause });
  }
  return cause;
}

/** The keys cannot be had at the moment. */
export class KeySetUnavailable extends Error {
  /** Tells the class apart. */
  override readonly name = "KeySetUnavailable";
}

function grantOf(payload: JWTPayload): Grant {
  const names = list(payload.names).map(namePattern);
  const kinds = payload.kinds === undefined ? ["http", "tcp"] : list(payload.kinds);
  const { tunnels } = payload;
  return {
    permitsName: (name) => names.some((pattern) => pattern.test(name)),
    permitsKind: (kind) => kinds.includes(kind),
    ports: list(payload.ports).flatMap(portRange),
    tunnels: Number.isSafeInteger(tunnels) ? tunnels as number : DEFAULT_TUNNELS,
  };
}

/** A claim that is no list of text grants nothing. */
function list(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** `*` stands for any characters of a name, and nothing else has a meaning. */
function namePattern(name: string): RegExp {
  const parts = name.split("*").map((part) => part.replace(/[^a-z0-9-]/g, "\\$&"));
  return new RegExp(`^${parts.join("[a-z0-9-]*")}$`);
}

function portRange(text: string): PortRange[] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return [];
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= 1 && first <= last && last <= 65_535 ? [{ first, last }] : [];
}
