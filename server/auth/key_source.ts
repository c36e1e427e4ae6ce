/**
 * Where keys come from: the configuration, or a server that publishes them.
 *
 * @module
 */

import type { VerificationKey } from "./verification_key.ts";

/** Keys that may change. */
export interface KeySource {
  /** Those that there are now; `undefined` if they could never be had. */
  readonly keys: readonly VerificationKey[] | undefined;
  /** Sees to it that there are keys, if that is possible. Never rejects. */
  ready(): Promise<void>;
  /** A token names a key that is not there: it may be new. Never rejects. */
  lookAgain(): Promise<void>;
}

/** Keys that stay what they are. */
export class FixedKeys implements KeySource {
  readonly keys: readonly VerificationKey[];

  /** Takes the keys. */
  constructor(keys: readonly VerificationKey[]) {
    this.keys = keys;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  lookAgain(): Promise<void> {
    return Promise.resolve();
  }
}
