/**
 * Tokens: JWTs signed with a secret of the server's (HS256).
 *
 * Claims: `sub` and `exp` are required; `names` (exact or with `*`), `ports`
 * (`"30000"`, `"30000-30100"`), `kinds` and `tunnels` say what their bearer may do.
 * Without `names` there are only random names, without `ports` no TCP port.
 *
 * @module
 */

import { HandshakeRefused } from "@tun/protocol";
import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
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
  /** What they are signed with. */
  readonly secret: Uint8Array;
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

async function verify(
  token: string,
  { secret, issuer, audience }: TokenRules,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ["HS256"],
      clockTolerance: TOLERANCE_SECONDS,
      requiredClaims: ["sub", "exp"],
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new HandshakeRefused("token_expired", "The token has expired", { cause: error });
    }
    if (error instanceof errors.JOSEError) {
      throw new HandshakeRefused("token_refused", "The token is not valid here", { cause: error });
    }
    throw error;
  }
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
