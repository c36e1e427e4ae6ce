/**
 * GitHub: `X-Hub-Signature-256: sha256=<hex>` over the body alone. The older SHA-1 field is not
 * looked at. Nothing says when it was signed, so a copy is as good as the original for ever.
 *
 * @module
 */

import type { WebhookProvider } from "./provider.ts";
import { hexSignature, onlyValue, textKey } from "./signature_fields.ts";

/** How GitHub signs. */
export const GITHUB: WebhookProvider = {
  keyOf: textKey,
  read(headers) {
    const value = onlyValue(headers, "x-hub-signature-256");
    if (!value?.startsWith("sha256=")) return undefined;
    const signature = hexSignature(value.slice("sha256=".length));
    return signature === undefined ? undefined : { prefix: "", signatures: [signature] };
  },
};
