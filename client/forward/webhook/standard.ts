/**
 * Standard Webhooks (and Svix, whose fields are called `svix-…`): `webhook-signature:
 * v1,<base64> …` over `<id>.<timestamp>.<body>`, with a secret in base64 behind `whsec_`.
 *
 * @module
 */

import type { HeaderBlock } from "@tun/protocol/http1";
import { decodeBase64 } from "@std/encoding/base64";
import type { WebhookProvider } from "./provider.ts";
import { MOST_SIGNATURES, onlyValue, secondsOf } from "./signature_fields.ts";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The 32 bytes of an HMAC-SHA-256 in base64. */
const SIGNATURE = /^v1,([A-Za-z0-9+/]{43}=)$/;

/** Without a dot, which is what stands between the parts that are signed. */
const ID = /^[!-\-/-~]{1,256}$/;

/** How Standard Webhooks are signed. */
export const STANDARD: WebhookProvider = {
  keyOf(secret) {
    const text = secret.replace(/^whsec_/, "");
    return text !== "" && BASE64.test(text) ? decodeBase64(text) : undefined;
  },
  read(headers) {
    return readFields(headers, "webhook") ?? readFields(headers, "svix");
  },
};

function readFields(headers: HeaderBlock, name: string): ReturnType<WebhookProvider["read"]> {
  const id = onlyValue(headers, `${name}-id`);
  const timestamp = onlyValue(headers, `${name}-timestamp`);
  const signedAt = secondsOf(timestamp);
  const signatures = (onlyValue(headers, `${name}-signature`) ?? "").split(" ")
    .map((member) => SIGNATURE.exec(member)?.[1])
    .filter((signature) => signature !== undefined)
    .slice(0, MOST_SIGNATURES)
    .map((signature) => decodeBase64(signature));
  if (id === undefined || !ID.test(id) || signedAt === undefined || signatures.length === 0) {
    return undefined;
  }
  return { signedAt, prefix: `${id}.${timestamp}.`, signatures };
}
