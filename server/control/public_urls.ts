/**
 * Where visitors find a tunnel.
 *
 * @module
 */

/** What the addresses are made of. */
export interface PublicUrlParts {
  /** Tunnels live at `<name>.<domain>`. */
  readonly domain: string;
  /** The origin of a front that we stand behind. */
  readonly publicUrl?: string | undefined;
  /** Whether we speak TLS ourselves. */
  readonly isTls: boolean;
  /** The port that visitors come to, without a front. */
  readonly port: number;
  /** Whether there is one tunnel, which has the origin for itself. */
  readonly single: boolean;
}

/** Makes addresses. */
export class PublicUrls {
  readonly #parts: PublicUrlParts;
  readonly #front: URL;

  /** Derives the origin, if there is no front. */
  constructor(parts: PublicUrlParts) {
    this.#parts = parts;
    const scheme = parts.isTls ? "https" : "http";
    this.#front = new URL(parts.publicUrl ?? `${scheme}://${parts.domain}:${parts.port}`);
  }

  /** The control side's own origin. */
  get origin(): string {
    return this.#front.origin;
  }

  /** Where a tunnel of this name is. */
  http(name: string): string {
    if (this.#parts.single) return this.origin;
    const { protocol, port } = this.#front;
    return `${protocol}//${name}.${this.#parts.domain}${port === "" ? "" : `:${port}`}`;
  }

  /** Where a TCP tunnel on this port is. */
  tcp(port: string): string {
    return `tcp://${this.#front.hostname}:${port}`;
  }
}
