/**
 * Stands before the app and lets only signed webhooks pass.
 *
 * The body is held until its signature is checked, so that not one byte of a forged one reaches
 * the app; then the request goes on as it came. It applies to every method: whoever shares an app
 * with one provider does not mean to share its pages with everybody else.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { type Clock, type HttpOpen, systemClock } from "@tun/protocol";
import { FieldKind, HeaderBlock, HttpViolation, kindSet } from "@tun/protocol/http1";
import type { TunEvent } from "../../events.ts";
import type { RequestStream } from "../request_stream.ts";
import { HeldStream } from "./held_stream.ts";
import { type WebhookRefusal, writeRefusal } from "./refusal.ts";
import type { WebhookCheck } from "./webhook_check.ts";

/** The largest body of a webhook; GitHub's may have 25 MiB, but nearly all have a few KiB. */
const MOST_BODY_BYTES = 1024 * 1024;

/** Of all bodies that are held at once: strangers fill this before they are known to be strangers. */
const MOST_HELD_BYTES = 16 * 1024 * 1024;

/** A secret that is wrong is worth a line, and a stranger who knocks no more than that. */
const WARN_AGAIN_MS = 60_000;

const UPGRADE = kindSet(FieldKind.upgrade);
const EMPTY = new Uint8Array(0);

/** What a gate is made with. */
export interface WebhookGateOptions {
  /** What is let through. */
  readonly check: WebhookCheck;
  /** Takes what is let through. */
  readonly next: (stream: RequestStream) => void;
  /** Who is told what happens. Must not throw. */
  readonly report: (event: TunEvent) => void;
  /** The tunnel's name in the config file. */
  readonly label?: string | undefined;
  /** @default {systemClock} */
  readonly clock?: Clock;
}

/** Lets signed requests pass. */
export class WebhookGate {
  readonly #options: WebhookGateOptions;
  readonly #clock: Clock;
  #heldBytes = 0;
  #warnedAt = -Infinity;

  /** Holds nothing yet. */
  constructor(options: WebhookGateOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Bytes of bodies that wait for the rest of them. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes a visitor's request. */
  handle(stream: RequestStream): void {
    const { head } = stream;
    if (head.kind !== "http") return stream.reset("tunnel_gone");
    this.#judge(stream, head);
  }

  /** Never rejects: what goes wrong costs this request alone. */
  async #judge(stream: RequestStream, head: HttpOpen): Promise<void> {
    const startedAt = this.#clock.now();
    try {
      const outcome = await this.#read(stream, HeaderBlock.parse(head.headers));
      if (outcome instanceof Uint8Array) {
        this.#options.next(new HeldStream(stream, outcome));
      } else {
        this.#refuse(stream, head, outcome, startedAt);
      }
    } catch (error) {
      // Mostly it is that the visitor has left, and then there is nothing to reset.
      stream.reset(error instanceof HttpViolation ? "bad_head" : "internal");
    }
  }

  /** The body of a request that may pass, or why it may not. */
  async #read(stream: RequestStream, headers: HeaderBlock): Promise<Uint8Array | WebhookRefusal> {
    const { check } = this.#options;
    const claim = check.claimOf(headers);
    if (typeof claim === "string") return claim;
    // What follows an upgrade is not part of what was signed.
    if ((headers.kinds & UPGRADE) !== 0) return "unsigned";
    if (headers.get("expect")?.toLowerCase() === "100-continue") {
      await stream.respond({ status: 100, minorVersion: 1, reason: "Continue", headers: EMPTY });
    }
    const pieces: Uint8Array[] = [];
    let length = 0;
    try {
      for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
        length += piece.length;
        this.#heldBytes += piece.length;
        if (length > MOST_BODY_BYTES) return "too_large";
        if (this.#heldBytes > MOST_HELD_BYTES) return "too_many";
        pieces.push(piece);
      }
      const body = concat(pieces);
      return await check.isRight(claim, body) ? body : "wrong_signature";
    } finally {
      this.#heldBytes -= length;
    }
  }

  #refuse(
    stream: RequestStream,
    head: HttpOpen,
    refusal: WebhookRefusal,
    startedAt: number,
  ): void {
    const { check, report, label } = this.#options;
    const { status, bytes } = writeRefusal(stream, head.method, refusal);
    const tunnel = label === undefined ? {} : { tunnel: label };
    const now = this.#clock.now();
    report({
      event: "request",
      method: head.method,
      path: head.target,
      status,
      ms: now - startedAt,
      bytes,
      ...tunnel,
    });
    if (refusal === "unsigned" || now - this.#warnedAt < WARN_AGAIN_MS) return;
    this.#warnedAt = now;
    const message = `a webhook of ${check.provider} ${HINTS[refusal]}`;
    report({ event: "warning", code: "webhook_refused", message, ...tunnel });
  }
}

const HINTS: Record<Exclude<WebhookRefusal, "unsigned">, string> = {
  wrong_signature: "was refused, its signature is wrong: is the secret the right one?",
  wrong_time: "was refused, it was not signed just now: is this machine's clock right?",
  too_large: "was refused, its body is larger than 1 MiB",
  too_many: "was refused, too many are being received at once",
};
