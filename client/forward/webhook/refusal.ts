/**
 * What somebody is told whose webhook does not pass.
 *
 * @module
 */

import { HeaderBlock } from "@tun/protocol/http1";
import type { RequestStream } from "../request_stream.ts";
import type { SignatureFault } from "./webhook_check.ts";

/** Why a request does not pass. */
export type WebhookRefusal = SignatureFault | "too_large" | "too_many";

const NOT_SIGNED = [401, "Unauthorized", "webhook_refused"] as const;

/** Which part of a signature is wrong is not told: it would help whoever forges one. */
const ANSWERS: Record<WebhookRefusal, readonly [status: number, reason: string, code: string]> = {
  unsigned: NOT_SIGNED,
  wrong_time: NOT_SIGNED,
  wrong_signature: NOT_SIGNED,
  too_large: [413, "Content Too Large", "body_too_large"],
  too_many: [503, "Service Unavailable", "busy"],
};

/** Answers, and drops what the visitor still has to say. */
export function writeRefusal(
  stream: RequestStream,
  method: string,
  refusal: WebhookRefusal,
): { readonly status: number; readonly bytes: number } {
  const [status, reason, code] = ANSWERS[refusal];
  const text = new TextEncoder().encode(`${status} ${reason}: ${code}\n`);
  const headers = HeaderBlock.of(
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Length", String(text.length)],
    ["Cache-Control", "no-store"],
    ["tun-error", code],
    ...(status === 401 ? [["WWW-Authenticate", "Webhook"] as [string, string]] : []),
    ...(status === 503 ? [["Retry-After", "1"] as [string, string]] : []),
  );
  const body = method === "HEAD" ? undefined : text;
  stream.respond({ status, minorVersion: 1, reason, headers: headers.bytes }, body, true)
    // The visitor has left in the meantime.
    .catch(() => {});
  return { status, bytes: body?.length ?? 0 };
}
