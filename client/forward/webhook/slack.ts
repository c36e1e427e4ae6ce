/**
 * Slack: `X-Slack-Signature: v0=<hex>` over `v0:<timestamp>:<body>`.
 *
 * @module
 */

import type { WebhookProvider } from "./provider.ts";
import { hexSignature, onlyValue, secondsOf, textKey } from "./signature_fields.ts";

/** How Slack signs. */
export const SLACK: WebhookProvider = {
  keyOf: textKey,
  read(headers) {
    const timestamp = onlyValue(headers, "x-slack-request-timestamp");
    const signedAt = secondsOf(timestamp);
    const value = onlyValue(headers, "x-slack-signature");
    if (signedAt === undefined || !value?.startsWith("v0=")) return undefined;
    const signature = hexSignature(value.slice("v0=".length));
    if (signature === undefined) return undefined;
    return { signedAt, prefix: `v0:${timestamp}:`, signatures: [signature] };
  },
};
