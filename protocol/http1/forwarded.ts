/**
 * What a gateway must do to the fields of a message that it passes on: take
 * out those that were about the one connection, and say where it came from.
 *
 * The result has no `Connection` and no `Transfer-Encoding`; whoever writes the
 * message on a connection appends what that connection needs, such as
 * `Connection: Upgrade`. A request of HTTP/1.0 may have no `Host`; since it is
 * passed on as HTTP/1.1, whoever knows a host for it appends that, too.
 *
 * @module
 */

import { FieldKind, kindSet } from "./field_kind.ts";
import type { HeaderBlock } from "./header_block.ts";
import type { HeaderEdit } from "./header_edit.ts";
import { appendHop, OriginLines } from "./origin_lines.ts";
import type { RequestHead } from "./request_head.ts";
import type { ResponseHead } from "./response_head.ts";
import { passableProtocols } from "./upgrade.ts";
import { VIA_NAME } from "./via.ts";
import type { Visitor } from "./visitor.ts";

/** How a request is passed on. */
export interface ForwardRequestOptions {
  /** The address the request came from: the other end of the connection. */
  readonly peer: string;
  /** How it came. */
  readonly scheme: Visitor["scheme"];
  /**
   * True if the peer is a proxy of ours: then what it says of those before it
   * is kept and added to. From everybody else such fields are removed.
   */
  readonly trusted: boolean;
  /** The name to leave in `Via`, or `null` for none. @default {VIA_NAME} */
  readonly via?: string | null;
  /** What was written before the last request of the same connection, to be used again. */
  readonly lines?: OriginLines;
}

const HOP_BY_HOP = kindSet(
  FieldKind.connection,
  FieldKind.proxyConnection,
  FieldKind.keepAlive,
  FieldKind.transferEncoding,
);
const REQUEST_HOP_BY_HOP = HOP_BY_HOP | kindSet(FieldKind.http2Settings);
const UPGRADE = kindSet(FieldKind.upgrade);
const TE = kindSet(FieldKind.te);
const ORIGIN_CLAIMS = kindSet(
  FieldKind.forwarded,
  FieldKind.forwardedFor,
  FieldKind.forwardedProto,
  FieldKind.forwardedHost,
  FieldKind.forwardedOther,
);

/** Prepares the fields of a request for the next connection. */
export function forwardRequest(head: RequestHead, options: ForwardRequestOptions): HeaderEdit {
  const { headers } = head;
  const edit = headers.edit();
  if (head.connectionNames) edit.removeNamedByConnection();
  edit.removeKinds(REQUEST_HOP_BY_HOP);
  keepTrailersOnly(head, edit);
  keepPassableUpgrade(head, edit);
  const { peer, scheme, trusted, via = VIA_NAME, lines = new OriginLines() } = options;
  if (trusted && (headers.kinds & ORIGIN_CLAIMS) !== 0) {
    addOrigin(headers, edit, options);
    appendHop(head, edit, via);
    return edit;
  }
  edit.removeKinds(ORIGIN_CLAIMS);
  return edit.appendLines(lines.of(head, { peer, scheme, via }));
}

/**
 * Prepares the fields of a response for the next connection. `Upgrade` stays
 * where it is the point of the response: in 101 and 426.
 */
export function forwardResponse(head: ResponseHead): HeaderEdit {
  const edit = head.headers.edit();
  if (head.connectionNames) edit.removeNamedByConnection();
  edit.removeKinds(HOP_BY_HOP);
  if (head.status !== 101 && head.status !== 426) edit.removeKinds(UPGRADE);
  return edit;
}

function keepTrailersOnly(head: RequestHead, edit: HeaderEdit): void {
  if ((head.headers.kinds & TE) === 0) return;
  if (!head.acceptsTrailers) edit.removeKinds(TE);
  else if (head.headers.getAll("te").join(",") !== "trailers") edit.set("TE", "trailers");
}

function keepPassableUpgrade(head: RequestHead, edit: HeaderEdit): void {
  if ((head.headers.kinds & UPGRADE) === 0) return;
  const offered = head.upgradeProtocols;
  const passable = head.passesUpgrade ? passableProtocols(offered) : [];
  if (passable.length === 0) edit.removeKinds(UPGRADE);
  else if (passable.length < offered.length) edit.set("Upgrade", passable.join(", "));
}

function addOrigin(headers: HeaderBlock, edit: HeaderEdit, options: ForwardRequestOptions): void {
  const before = headers.getAll("x-forwarded-for");
  edit.set("X-Forwarded-For", [...before, options.peer].join(", "));
  if (!headers.has("x-forwarded-proto")) edit.append("X-Forwarded-Proto", options.scheme);
  const host = headers.first(FieldKind.host);
  if (host !== null && !headers.has("x-forwarded-host")) edit.append("X-Forwarded-Host", host);
  const forwarded = headers.getAll("forwarded");
  if (forwarded.length > 0) {
    const node = options.peer.includes(":") ? `"[${options.peer}]"` : options.peer;
    edit.set("Forwarded", [...forwarded, `for=${node};proto=${options.scheme}`].join(", "));
  }
}
