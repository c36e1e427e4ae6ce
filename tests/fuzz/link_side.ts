/**
 * One end of a link with a user who sends content that can be checked anywhere.
 *
 * @module
 */

import type { BlockPool } from "../../protocol/link/block_pool.ts";
import { SMALL_BLOCK_BYTES } from "../../protocol/link/block_pool.ts";
import { Link, type LinkUser } from "../../protocol/link/link.ts";
import { HEADROOM_BYTES } from "../../protocol/link/record.ts";
import { DEFAULT_LIMITS, PULL_BYTES } from "../../protocol/limits.ts";
import { checkContent, contentAt } from "./pattern.ts";
import { claim } from "./target.ts";

/** Bytes that the transport is taking, and what they were when it began to. */
interface Write {
  readonly view: Uint8Array;
  readonly copy: Uint8Array;
}

/** A link, its user, and the transport's half that takes bytes from it. */
export class LinkSide implements LinkUser {
  readonly link: Link;
  /** Bytes that the user has wanted to send so far. */
  offered = 0;
  /** Bytes that arrived. */
  received = 0;
  /** Why the peer has closed. */
  closed: string | undefined;
  readonly #resend: number;
  #produced = 0;
  #acknowledged = 0;
  #writing: Write | undefined;

  /** Makes a side that sends content of `salt` and gets that of `peerSalt`. */
  constructor(
    readonly salt: number,
    readonly peerSalt: number,
    { resend, peerResend, pool }: { resend: number; peerResend: number; pool: BlockPool },
  ) {
    this.#resend = resend;
    const { pingAfterMs, deadAfterMs } = DEFAULT_LIMITS;
    this.link = new Link({
      user: this,
      limits: { resend, pingAfterMs, deadAfterMs },
      peerResend,
      pool,
    });
  }

  get pending(): number {
    return this.offered - this.#produced;
  }

  /** Whether a write is under way. */
  get isWriting(): boolean {
    return this.#writing !== undefined;
  }

  fill(room: Uint8Array): number {
    const content = contentAt(this.salt, this.#produced, Math.min(this.pending, room.length));
    room.set(content);
    this.#produced += content.length;
    return content.length;
  }

  onPayload(piece: Uint8Array): void {
    checkContent(this.peerSalt, this.received, piece, `Payload for ${this.salt}`);
    this.received += piece.length;
  }

  onAcknowledged(): void {
    const { produced, acknowledged } = this.link.sent;
    claim(acknowledged >= this.#acknowledged, "An acknowledgement went back");
    claim(acknowledged <= produced, "More was acknowledged than sent");
    this.#acknowledged = acknowledged;
  }

  onClose(code: string): void {
    this.closed = code;
    // Nobody reads what is being written any more.
    this.#writing = undefined;
    this.link.end();
  }

  /** Begins a write, and gives a copy of the bytes that it sends. */
  pull(now: number): Uint8Array | undefined {
    claim(this.#writing === undefined, "A pull during a write");
    const view = this.link.pull(now);
    if (view === undefined) return undefined;
    claim(view.length > 0 && view.length <= PULL_BYTES + HEADROOM_BYTES, `${view.length} bytes`);
    this.#writing = { view, copy: view.slice() };
    return this.#writing.copy.slice();
  }

  /** Ends the write; its bytes must be as they were. */
  wrote(): void {
    if (this.#writing === undefined) return;
    const { view, copy } = this.#writing;
    claim(copy.every((byte, i) => byte === view[i]), "Bytes changed during their write");
    this.#writing = undefined;
    this.link.wrote();
  }

  /** The transport is gone. */
  detach(): void {
    this.#writing = undefined;
    this.link.detach();
  }

  /** What must hold at any time. */
  checkBounds(): void {
    const { held, sent: { produced, acknowledged } } = this.link;
    claim(held <= Math.max(this.#resend, SMALL_BLOCK_BYTES), `Holds ${held} of ${this.#resend}`);
    claim(produced - acknowledged <= this.#resend, `${produced - acknowledged} unacknowledged`);
    claim(produced === this.#produced, `Sent ${produced} of ${this.#produced}`);
  }
}
