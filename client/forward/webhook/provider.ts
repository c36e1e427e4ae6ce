/**
 * What each of those who sign webhooks does in a way of its own.
 *
 * @module
 */

import type { HeaderBlock } from "@tun/protocol/http1";

/** A way to sign. */
export interface WebhookProvider {
  /**
   * Takes the fields of a request apart; `undefined` if it is not signed at all, so that nobody
   * waits for its body.
   */
  read(headers: HeaderBlock): SignatureClaim | undefined;
  /** The bytes of the key that a secret stands for; `undefined` if it is not a secret of theirs. */
  keyOf(secret: string): Uint8Array | undefined;
}

/** What a request says of its own signature. */
export interface SignatureClaim {
  /** When it says that it was signed, in seconds since 1970; absent where that is not signed. */
  readonly signedAt?: number;
  /** What is signed in front of the body. */
  readonly prefix: string;
  /** HMAC-SHA-256 values, of which one must be right. */
  readonly signatures: readonly Uint8Array[];
}
