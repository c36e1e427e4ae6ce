/**
 * Counts what runs outside of JavaScript while a simulation runs. Cryptography
 * happens on other threads: a clock that did not wait for it would let a
 * timeout of fifteen seconds win against a signature of fifty microseconds.
 *
 * Importing this file wraps the asynchronous methods of `crypto.subtle`, for
 * the process; they do what they did.
 *
 * @module
 */

let pending = 0;

/** How many operations are running. */
export function realWorkPending(): number {
  return pending;
}

const METHODS = [
  "decrypt",
  "deriveBits",
  "deriveKey",
  "digest",
  "encrypt",
  "exportKey",
  "generateKey",
  "importKey",
  "sign",
  "unwrapKey",
  "verify",
  "wrapKey",
] as const;

type AnyMethod = (...args: unknown[]) => Promise<unknown>;

for (const method of METHODS) {
  const original = SubtleCrypto.prototype[method] as unknown as AnyMethod;
  const counting: AnyMethod = async function (this: SubtleCrypto, ...args) {
    pending++;
    try {
      return await original.apply(this, args);
    } finally {
      pending--;
    }
  };
  Object.defineProperty(SubtleCrypto.prototype, method, {
    value: counting,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
