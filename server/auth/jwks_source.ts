/**
 * Where the keys of an issuer are.
 *
 * @module
 */

/** Public keys of who may sign tokens. */
export type JwksSource =
  | { readonly kind: "url"; readonly url: string }
  /** A JWKS, a JWK or PEM, and where it is from, for messages. */
  | { readonly kind: "keys"; readonly text: string; readonly from: string };
