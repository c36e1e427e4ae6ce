/**
 * What happens, for whoever watches: a person, a script, a log.
 *
 * @module
 */

import type { TunnelKind } from "./address/target.ts";

/** A tunnel is up; after every new session again, with the same URL. */
export interface ReadyEvent {
  /** Tells events apart. */
  readonly event: "ready";
  /** What goes through it. */
  readonly kind: TunnelKind;
  /** `https://shop.example.com`, or `tcp://example.com:30000`. */
  readonly url: string;
  /** Its name, or its port as text. */
  readonly name: string;
  /** Names the session, for support. */
  readonly session: string;
  /** True for every session but the first. */
  readonly reconnected?: boolean;
  /** The tunnel's name in the config file. */
  readonly tunnel?: string;
  /** What it leads to, for people. */
  readonly target?: string;
}

/** A request was answered, or given up. */
export interface RequestEvent {
  /** Tells events apart. */
  readonly event: "request";
  /** As the visitor sent it. */
  readonly method: string;
  /** As the visitor sent it: hostile text, until it is made printable. */
  readonly path: string;
  /** What the visitor was answered; 0 if it left before. */
  readonly status: number;
  /** From the request until the end of the answer. */
  readonly ms: number;
  /** Of the response body. */
  readonly bytes: number;
  /** The tunnel's name in the config file. */
  readonly tunnel?: string;
}

/** Something went wrong; `code` is stable. */
export interface TroubleEvent {
  /** `refused` and `displaced` end a tunnel; the others are news. */
  readonly event: "refused" | "displaced" | "error" | "warning";
  /** What went wrong. */
  readonly code: string;
  /** The same for a person. */
  readonly message: string;
  /** The tunnel's name in the config file. */
  readonly tunnel?: string;
}

/** Everything that is reported. */
export type TunEvent =
  | ReadyEvent
  | RequestEvent
  | TroubleEvent
  /** The connection is lost; requests wait for it. */
  | { readonly event: "paused" }
  /** The connection is back, and nothing was lost. */
  | { readonly event: "resumed" }
  /** The session is lost; a new one is tried after a while. */
  | { readonly event: "reconnecting"; readonly inSeconds: number; readonly reason?: string }
  /** The person stopped it. */
  | { readonly event: "stopped" };

/** Shows events. Only reporters write to the terminal. */
export interface Reporter extends Disposable {
  /** Shows one event. Never throws and never waits. */
  report(event: TunEvent): void;
  /** The last word: leaves the terminal as it was found. */
  close(): void;
}
