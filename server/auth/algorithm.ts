/**
 * The algorithms that tokens may be signed with, and which key each of them is for.
 *
 * @module
 */

const BY_KEY = {
  secret: ["HS256", "HS384", "HS512"],
  rsa: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  p256: ["ES256"],
  p384: ["ES384"],
  ed25519: ["EdDSA", "Ed25519"],
} as const;

/** What a key can be. */
export type KeyKind = keyof typeof BY_KEY;

/** The `alg` of a token that may be good. */
export type Algorithm = (typeof BY_KEY)[KeyKind][number];

const ALL: ReadonlySet<string> = new Set(Object.values(BY_KEY).flat());

/** The algorithms that a key of that kind may be used with, and no others. */
export function algorithmsOf(kind: KeyKind): readonly Algorithm[] {
  return BY_KEY[kind];
}

/** True for what we can check; `none` is not among it. */
export function isAlgorithm(value: unknown): value is Algorithm {
  return typeof value === "string" && ALL.has(value);
}
