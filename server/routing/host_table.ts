/**
 * Which door a Host opens: the one of a tunnel, our own, or none.
 *
 * @module
 */

import { type Authority, parseAuthority } from "@tun/protocol/http1";

/** What a host stands for. */
export type HostMeaning =
  /** `<label>.<domain>`. */
  | { readonly kind: "tunnel"; readonly name: string }
  /** The bare domain, the public URL's host, an IP address, `localhost`. */
  | { readonly kind: "control" }
  /** Anything else. */
  | { readonly kind: "unknown" };

const CONTROL: HostMeaning = { kind: "control" };
const UNKNOWN: HostMeaning = { kind: "unknown" };

/** Reads hosts. */
export class HostTable {
  readonly #domain: string;
  readonly #suffix: string;
  readonly #own: ReadonlySet<string>;

  /** Tunnels live at `<name>.<domain>`; `publicUrl` names a front that we stand behind. */
  constructor(domain: string, publicUrl?: string) {
    this.#domain = domain;
    this.#suffix = `.${domain}`;
    const front = publicUrl === undefined ? null : parseAuthority(new URL(publicUrl).host);
    this.#own = new Set([domain, "localhost", ...(front === null ? [] : [front.host])]);
  }

  /** The domain under which tunnels live. */
  get domain(): string {
    return this.#domain;
  }

  /** What `authority` stands for; `null` is a request without a host. */
  meaningOf(authority: Authority | null): HostMeaning {
    if (authority === null) return UNKNOWN;
    const { host, kind } = authority;
    if (kind !== "name" || this.#own.has(host)) return CONTROL;
    if (!host.endsWith(this.#suffix)) return UNKNOWN;
    const name = host.slice(0, -this.#suffix.length);
    return name.includes(".") ? UNKNOWN : { kind: "tunnel", name };
  }
}
