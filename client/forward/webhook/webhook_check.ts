/**
 * Says whether a request is signed by who knows the secret.
 *
 * @module
 */

import type { HeaderBlock } from "@tun/protocol/http1";
import type { SignatureClaim } from "./provider.ts";
import { PROVIDERS, type WebhookProviderName } from "./providers.ts";

/**
 * A signature is good for so long around the time that it names: what all who sign a time
 * recommend. A copy that is sent within it passes; ids that were seen are the app's to remember.
 */
const TOLERANCE_S = 300;

/** Whose webhooks they are, and what they are signed with. */
export interface WebhookOptions {
  /** Who signs them. */
  readonly provider: WebhookProviderName;
  /** Secrets, of which one must fit: two while one is changed for another. */
  readonly secrets: readonly string[];
}

/** What is wrong with a signature; stable, for programs. */
export type SignatureFault = "unsigned" | "wrong_time" | "wrong_signature";

/** Checks signatures. */
export class WebhookCheck {
  /** Whose they are. */
  readonly provider: WebhookProviderName;
  readonly #keys: Promise<CryptoKey[]>;
  readonly #wallTime: () => number;

  /** @throws {TypeError} If a secret cannot be one of the provider's; it is not shown. */
  constructor({ provider, secrets }: WebhookOptions, wallTime: () => number = Date.now) {
    this.provider = provider;
    this.#wallTime = wallTime;
    const keys = secrets.map((secret) => {
      const key = PROVIDERS[provider].keyOf(secret);
      if (key === undefined) throw new TypeError(`A secret is not one of ${provider}`);
      return key;
    });
    this.#keys = Promise.all(keys.map(hmacKey));
  }

  /** What a request says of its signature, before its body is there. */
  claimOf(headers: HeaderBlock): SignatureClaim | SignatureFault {
    const claim = PROVIDERS[this.provider].read(headers);
    if (claim === undefined) return "unsigned";
    const { signedAt } = claim;
    if (signedAt === undefined) return claim;
    const isTimely = Math.abs(this.#wallTime() / 1000 - signedAt) <= TOLERANCE_S;
    return isTimely ? claim : "wrong_time";
  }

  /** Whether the body is what was signed. The platform compares, in constant time. */
  async isRight({ prefix, signatures }: SignatureClaim, body: Uint8Array): Promise<boolean> {
    const signed = withPrefix(prefix, body);
    let isRight = false;
    for (const key of await this.#keys) {
      for (const signature of signatures) {
        const fits = await crypto.subtle.verify("HMAC", key, buffer(signature), signed);
        isRight = fits || isRight;
      }
    }
    return isRight;
  }
}

function hmacKey(bytes: Uint8Array): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", buffer(bytes), algorithm, false, ["verify"]);
}

function withPrefix(prefix: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(prefix);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

function buffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
