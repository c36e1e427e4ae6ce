/**
 * Answers a request from an app that runs in this process and speaks `fetch`.
 *
 * @module
 */

import { HeaderBlock, type HeaderEdit, ResponseHead } from "@tun/protocol/http1";
import { answerWith, type ExchangeEnd } from "./exchange_sides.ts";
import type { IncomingRequest } from "./visitor_connection.ts";

/** An app of ours. */
export interface InProcessApp {
  /** Answers a request. */
  fetch(request: Request): Response | Promise<Response>;
}

/** Lets `app` answer. Bodies of requests are not for it. */
export async function answerFrom(
  app: InProcessApp,
  origin: string,
  { head, writer }: IncomingRequest,
): Promise<ExchangeEnd> {
  const isRead = head.method === "GET" || head.method === "HEAD";
  if (!isRead || !URL.canParse(head.target, origin)) {
    return await answerWith(writer, isRead ? "bad_request" : "method_not_allowed");
  }
  const headers = new Headers();
  const accept = head.headers.get("accept");
  if (accept !== null) headers.set("accept", accept);
  const url = new URL(head.target, origin);
  // Also for HEAD, whose fields are those of a GET.
  const response = await app.fetch(new Request(url, { headers }));
  const body = new Uint8Array(await response.arrayBuffer());
  const fields = fieldsOf(response, body.length);
  const own = ResponseHead.fromParts({
    status: response.status,
    minor: 1,
    reason: "",
    headers: fields.toBytes(),
  });
  const isEmpty = head.method === "HEAD" || body.length === 0;
  await writer.start(own, own.headers.edit(), isEmpty ? undefined : body, true);
  return { kind: "answered", status: response.status };
}

function fieldsOf(response: Response, length: number): HeaderEdit {
  const edit = HeaderBlock.empty.edit();
  for (const [name, value] of response.headers) edit.append(name, value);
  return edit.set("Content-Length", String(length));
}
