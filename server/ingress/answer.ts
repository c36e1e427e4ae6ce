/**
 * The answers that are ours and not the app's: which status, which code, and what
 * a person can do about it. As HTML, JSON or text, whichever `Accept` asks for.
 *
 * @module
 */

import { HeaderBlock } from "@tun/protocol/http1";
import { REQUEST_ID_FIELD } from "./request_id.ts";

/** Everything that we can answer ourselves, by its stable code. */
const ANSWERS = {
  bad_request: [400, "Bad Request", "The request cannot be understood."],
  credentials_required: [401, "Unauthorized", "The owner asks for a name and a password."],
  origin_refused: [403, "Forbidden", "A web page may not open a tunnel."],
  visitor_refused: [403, "Forbidden", "The owner does not let in visitors from your address."],
  unknown_host: [404, "Not Found", "This server does not serve the host that was asked for."],
  unknown_tunnel: [404, "Not Found", "There is no tunnel of this name. Check the address."],
  not_found: [404, "Not Found", "There is nothing here."],
  method_not_allowed: [405, "Method Not Allowed", "This cannot be done here."],
  request_timeout: [408, "Request Timeout", "The request did not arrive in time."],
  body_too_large: [413, "Content Too Large", "The body is larger than this server allows."],
  target_too_long: [414, "URI Too Long", "The address is too long."],
  upgrade_required: [426, "Upgrade Required", "Tunnels are opened with Upgrade: tun."],
  rate_limited: [429, "Too Many Requests", "That was too much at once. Try again in a moment."],
  head_too_large: [431, "Request Header Fields Too Large", "The header fields are too large."],
  unknown_coding: [501, "Not Implemented", "The transfer coding is not known here."],
  app_unreachable: [
    502,
    "Bad Gateway",
    "The tunnel is up, but nothing answers behind it. Is the local app running?",
  ],
  app_broken: [502, "Bad Gateway", "The local app broke off before it had answered."],
  bad_response: [502, "Bad Gateway", "The local app's answer is not valid HTTP."],
  tunnel_lost: [502, "Bad Gateway", "The tunnel went away before the answer came. Try again."],
  tunnel_replaced: [502, "Bad Gateway", "The tunnel was taken over by a newer client. Try again."],
  tunnel_error: [502, "Bad Gateway", "The tunnel could not carry the request."],
  tunnel_offline: [
    503,
    "Service Unavailable",
    "The tunnel is known, but its client is not connected. It may be back in a moment.",
  ],
  no_tunnel: [503, "Service Unavailable", "No client is connected."],
  tunnel_paused: [
    503,
    "Service Unavailable",
    "The tunnel's client has lost its connection and is expected back in a moment.",
  ],
  busy: [503, "Service Unavailable", "The tunnel has too many requests in progress. Try again."],
  stopping: [503, "Service Unavailable", "This server is stopping. Try again in a moment."],
  app_timeout: [504, "Gateway Timeout", "The local app did not answer in time."],
  version_not_supported: [505, "HTTP Version Not Supported", "Only HTTP/1.1 is spoken here."],
  loop: [508, "Loop Detected", "The request has been through this tunnel before."],
} as const;

/** Names one of our answers; stable, and sent as `tun-error`. */
export type AnswerCode = keyof typeof ANSWERS;

/** All of them. */
export const ANSWER_CODES: readonly AnswerCode[] = Object.keys(ANSWERS) as AnswerCode[];

/** Answers that are worth asking for again, and after how many seconds. */
const RETRY_AFTER: Partial<Record<AnswerCode, number>> = {
  tunnel_offline: 5,
  no_tunnel: 5,
  tunnel_paused: 2,
  busy: 1,
  rate_limited: 1,
  stopping: 2,
};

/** Passwords are UTF-8 (RFC 7617). One realm will do: browsers keep logins for each host. */
const CHALLENGE = 'Basic realm="tun", charset="UTF-8"';

/** An answer of ours, ready to be sent. */
export interface Answer {
  /** Why. */
  readonly code: AnswerCode;
  /** The status. */
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
  /** The header fields, with `Content-Length`. */
  readonly fields: HeaderBlock;
  /** The page. */
  readonly body: Uint8Array;
}

const utf8 = new TextEncoder();

/**
 * Makes the answer for `code` in the form that `accept` asks for. It tells the request's id,
 * by which the operator finds it in the log.
 */
export function answerFor(
  code: AnswerCode,
  accept: string | null,
  requestId: string,
  retryAfterS: number | undefined = RETRY_AFTER[code],
): Answer {
  const [status, reason, advice] = ANSWERS[code];
  const { type, text } = render({ code, status, reason, advice, requestId }, formFor(accept));
  const body = utf8.encode(text);
  const pairs: [string, string][] = [
    ["Content-Type", type],
    ["Content-Length", String(body.length)],
    ["Cache-Control", "no-store"],
    ["tun-error", code],
    [REQUEST_ID_FIELD, requestId],
  ];
  if (retryAfterS !== undefined) pairs.push(["Retry-After", String(retryAfterS)]);
  if (code === "credentials_required") pairs.push(["WWW-Authenticate", CHALLENGE]);
  if (code === "upgrade_required") pairs.push(["Upgrade", "tun, websocket"]);
  if (code === "method_not_allowed") pairs.push(["Allow", "GET, HEAD"]);
  return { code, status, reason, fields: HeaderBlock.of(...pairs), body };
}

/** The status of an answer. */
export function statusOf(code: AnswerCode): number {
  return ANSWERS[code][0];
}

type Form = "html" | "json" | "text";

/** A browser names HTML, an API client JSON; who names neither gets text. */
function formFor(accept: string | null): Form {
  const wanted = accept?.toLowerCase() ?? "";
  if (wanted.includes("text/html")) return "html";
  return wanted.includes("application/json") || wanted.includes("+json") ? "json" : "text";
}

/** What an answer says. */
interface Message {
  readonly code: AnswerCode;
  readonly status: number;
  readonly reason: string;
  readonly advice: string;
  readonly requestId: string;
}

function render(message: Message, form: Form): { type: string; text: string } {
  const { code, status, reason, advice, requestId } = message;
  switch (form) {
    case "json":
      return {
        type: "application/json",
        text: JSON.stringify({ error: code, status, message: advice, requestId }) + "\n",
      };
    case "text":
      return {
        type: "text/plain; charset=utf-8",
        text: `${status} ${reason}: ${advice}\n(tun-error ${code}, request ${requestId})\n`,
      };
    case "html":
      return { type: "text/html; charset=utf-8", text: page(message) };
  }
}

/** All that comes from the request is its id, which has no character that means anything here. */
function page({ code, status, reason, advice, requestId }: Message): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${status} ${reason}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 20vh auto 0; max-width: 34em; padding: 0 1em;
    color-scheme: light dark; }
  h1 { font-size: 1.4em; margin: 0 0 .4em; }
  code { opacity: .65; }
</style>
<h1>${status} ${reason}</h1>
<p>${advice}</p>
<p><code>tun-error: ${code}</code><br><code>request: ${requestId}</code></p>
</html>
`;
}
