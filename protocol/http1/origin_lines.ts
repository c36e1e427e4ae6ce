/**
 * The lines that tell an app where a request came from. Those of one connection are
 * mostly the same, so they are kept as the bytes that they were last time.
 *
 * @module
 */

import { HeaderBlock } from "./header_block.ts";
import type { HeaderEdit } from "./header_edit.ts";
import { formatAuthority } from "./host.ts";
import type { RequestHead } from "./request_head.ts";

/** Where a request came from, and over whom. */
export interface Origin {
  /** The address the request came from: the other end of the connection. */
  readonly peer: string;
  /** How it came. */
  readonly scheme: "http" | "https";
  /** The name to leave in `Via`, or `null` for none. */
  readonly via: string | null;
}

/** Makes the lines, and keeps the last ones. */
export class OriginLines {
  #bytes: Uint8Array = new Uint8Array(0);
  #host: string | null = null;
  #minor = 0;
  #peer = "";
  #scheme = "";
  #via: string | null = null;

  /** The lines for one request, to be written behind its own. */
  of(head: RequestHead, { peer, scheme, via }: Origin): Uint8Array {
    const { host, minor } = head;
    const isKnown = host !== null && host === this.#host && minor === this.#minor &&
      peer === this.#peer && scheme === this.#scheme && via === this.#via;
    if (isKnown) return this.#bytes;
    this.#host = host;
    this.#minor = minor;
    this.#peer = peer;
    this.#scheme = scheme;
    this.#via = via;
    const edit = HeaderBlock.empty.edit();
    edit.append("X-Forwarded-For", peer);
    edit.append("X-Forwarded-Proto", scheme);
    if (host !== null) edit.append("X-Forwarded-Host", host);
    appendHop(head, edit, via);
    // A copy with memory of its own: it may stay as long as the connection.
    return this.#bytes = edit.toBytes().slice();
  }
}

/** Adds what does not depend on what those before us have said. */
export function appendHop(head: RequestHead, edit: HeaderEdit, via: string | null): void {
  if (head.authority !== null && head.host === null) {
    // HTTP/1.0 with an absolute-form target; what we write is HTTP/1.1.
    edit.append("Host", formatAuthority(head.authority));
  }
  if (via !== null) edit.append("Via", `1.${head.minor} ${via}`);
}
