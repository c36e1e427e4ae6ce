/**
 * How the body of a message is delimited.
 *
 * @module
 */

/** Where a body ends. */
export type Framing =
  /** There is none. */
  | { readonly kind: "none" }
  /** After so many bytes, perhaps 0. */
  | { readonly kind: "length"; readonly length: number }
  /** After the chunk of size 0 and the trailers. */
  | { readonly kind: "chunked" }
  /** With the connection; responses only. */
  | { readonly kind: "until_close" };

/** No body. */
export const NO_BODY: Framing = { kind: "none" };
/** A chunked body. */
export const CHUNKED_BODY: Framing = { kind: "chunked" };
/** A body that ends with the connection. */
export const BODY_UNTIL_CLOSE: Framing = { kind: "until_close" };
