/**
 * Stripe: `Stripe-Signature: t=<timestamp>,v1=<hex>[,v1=<hex>…]` over `<timestamp>.<body>`; several
 * `v1` while a secret is changed. Other schemes in it are for tests of theirs.
 *
 * @module
 */

import type { WebhookProvider } from "./provider.ts";
import {
  hexSignature,
  MOST_SIGNATURES,
  onlyValue,
  secondsOf,
  textKey,
} from "./signature_fields.ts";

/** How Stripe signs. */
export const STRIPE: WebhookProvider = {
  keyOf: textKey,
  read(headers) {
    const members = onlyValue(headers, "stripe-signature")?.split(",") ?? [];
    const of = (scheme: string): string[] =>
      members.filter((member) => member.startsWith(`${scheme}=`))
        .map((member) => member.slice(scheme.length + 1));
    const [timestamp, second] = of("t");
    const signedAt = second === undefined ? secondsOf(timestamp) : undefined;
    const signatures = of("v1").slice(0, MOST_SIGNATURES).map(hexSignature)
      .filter((signature) => signature !== undefined);
    if (signedAt === undefined || signatures.length === 0) return undefined;
    return { signedAt, prefix: `${timestamp}.`, signatures };
  },
};
