/**
 * How the ingress reaches a tunnel. Today that is a session of this process;
 * a peer node of a cluster would be another implementation, and the ingress would
 * not know.
 *
 * @module
 */

import type { HttpOpen, TcpOpen, TunnelStream } from "@tun/protocol";

/** What a visitor's request says, without what only the tunnel knows. */
export type RouteOpen = Omit<HttpOpen, "tunnel"> | Omit<TcpOpen, "tunnel">;

/** A way to one tunnel. */
export interface Route {
  /** The tunnel's name or port, for logs. */
  readonly name: string;
  /** True while the tunnel's link has no transport: a stream opened now would wait. */
  readonly isPaused: boolean;
  /**
   * How long the local app may take to the head of its response. The client
   * watches it too, and answers first.
   */
  readonly requestTimeoutMs: number;
  /** The least round trip to its client of late; `Infinity` when unknown. */
  readonly roundTripMs: number;
  /** Requests that the tunnel takes at once. */
  readonly places: Places;
  /** Who may visit, and how much; `undefined` if everybody may, without limit. */
  readonly admission: Admission | undefined;
  /** Resolves with true when the route is usable, and with false after `ms` or when it is gone. */
  whenUsable(ms: number): Promise<boolean>;
  /**
   * Opens a stream, with a first piece of body.
   *
   * @throws {RouteUnusable} If that is not possible now.
   */
  open(head: RouteOpen, body?: Uint8Array, fin?: boolean): TunnelStream;
}

/** Why no stream could be opened. */
export class RouteUnusable extends Error {
  /** Tells the class apart. */
  override readonly name = "RouteUnusable";
  /** `gone`: the session has ended. `full`: it has no room. `too_large`: the head has none. */
  readonly code: "gone" | "full" | "too_large";

  /** Makes the error with its cause. */
  constructor(code: "gone" | "full" | "too_large", options?: ErrorOptions) {
    super(`Cannot open a stream: ${code}`, options);
    this.code = code;
  }
}

/** Decides who comes in. */
export interface Admission {
  /** Looks at a visitor; at once, unless it has to check a password that it has not seen yet. */
  admit(knock: Knock): Verdict | Promise<Verdict>;
}

/** What is known of a visitor who wants in. */
export interface Knock {
  /** The address, as found behind proxies that we trust. */
  readonly ip: string;
  /** The `Authorization` field, if there is one. */
  readonly authorization: string | null;
}

/** Whether somebody may come in. */
export type Verdict = Admitted | Refusal;

/** They may. */
export interface Admitted {
  /** Tells verdicts apart. */
  readonly kind: "admitted";
  /** The `Authorization` was for us, and is none of the app's business. */
  readonly tookLogin: boolean;
  /** Holds bytes back until it is their turn; `undefined` if nothing does. */
  readonly pace: Pace | undefined;
  /** To be called when the visit is over; more than once does no harm. */
  leave(): void;
}

/** They may not. */
export interface Refusal {
  /** Tells verdicts apart. */
  readonly kind: "refused";
  /** The answer. */
  readonly code: "visitor_refused" | "credentials_required" | "rate_limited" | "busy";
  /** When it may be tried again. */
  readonly retryAfterS?: number;
}

/** How fast bytes may go; `undefined` is at once. */
export interface Pace {
  /** From the visitor. */
  inward(bytes: number): Promise<void> | undefined;
  /** To the visitor. */
  outward(bytes: number): Promise<void> | undefined;
}

/** Limits how many requests are in progress at once, and how many wait. */
export interface Places {
  /** Whether there is none left. */
  readonly isFull: boolean;
  /** Takes a place if there is one. */
  tryTake(): boolean;
  /**
   * Waits for a place, at most `ms`; `undefined` when too many wait already. `onSettled` is called
   * once: with true when a place is taken, with false when there will be none. Must not throw.
   */
  wait(ms: number, onSettled: (hasPlace: boolean) => void): PlaceWait | undefined;
  /** Gives a place back. */
  give(): void;
}

/** A place in the queue. */
export interface PlaceWait {
  /** Nobody wants it any more; does nothing once a place is taken. */
  leave(): void;
}
