/**
 * Refusals as clients and people see them.
 *
 * @module
 */

import type { Granted, Refusal } from "./claim.ts";

/** Stable codes of a refusal. `registry_unavailable` is worth a retry, the others are final. */
export type RefusalCode =
  | "name_refused"
  | "name_taken"
  | "port_refused"
  | "port_taken"
  | "no_port_free"
  | "displaced"
  | "too_many_names"
  | "registry_unavailable";

/** Why a claim failed. */
export interface ClientRefusal {
  /** For programs. */
  readonly code: RefusalCode;
  /** The exact reason within the code; stable as well. */
  readonly detail: string;
  /** For people. */
  readonly message: string;
  /** When the answer will be another one, in milliseconds; `null` if nobody knows. */
  readonly retryAfterMs: number | null;
}

/** The answer to a claim. */
export type Outcome<Route> = Granted<Route> | {
  readonly state: "refused";
  readonly refusal: ClientRefusal;
};

/** Makes a refusal. */
export function refuse(
  code: RefusalCode,
  detail: string,
  message: string,
  retryAfterMs: number | null = null,
): { readonly state: "refused"; readonly refusal: ClientRefusal } {
  return { state: "refused", refusal: { code, detail, message, retryAfterMs } };
}

/** What is refused: a name, or a port with its number. */
export type Subject =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "port"; readonly port: number };

/** Puts a registry's refusal into words. */
export function explain(
  refusal: Refusal,
  subject: Subject,
): { readonly state: "refused"; readonly refusal: ClientRefusal } {
  const what = subject.kind === "name" ? `The name '${subject.name}'` : `Port ${subject.port}`;
  const noun = subject.kind;
  switch (refusal.code) {
    case "taken":
      if (refusal.freeInMs === Infinity) {
        return refuse(`${noun}_taken`, "reserved", `${what} is set aside for somebody else`);
      }
      return refusal.freeInMs === null
        ? refuse(`${noun}_taken`, "online", `${what} is in use by somebody else`)
        : refuse(
          `${noun}_taken`,
          "offline",
          `${what} is kept for somebody else for another ${duration(refusal.freeInMs)}`,
          refusal.freeInMs,
        );
    case "displaced":
      return refuse(
        "displaced",
        refusal.reason,
        refusal.reason === "superseded"
          ? `${what} has been claimed again since; start the tunnel again to take it back`
          : `${what} was not used for very long; start the tunnel again to have it back`,
      );
    case "too_many":
      return refuse("too_many_names", refusal.scope, tooMany(refusal.scope, refusal.limit, noun));
    case "unprepared":
      return refuse(`${noun}_refused`, "system", `${what} cannot be used on this server`);
    case "unavailable":
      return refuse(
        "registry_unavailable",
        "storage",
        `${what} cannot be given out now as the server cannot store it`,
        UNAVAILABLE_RETRY_MS,
      );
  }
}

/** A full disk or a stopping server: neither is over in less. */
const UNAVAILABLE_RETRY_MS = 5_000;

function tooMany(
  scope: "owner" | "address" | "server",
  limit: number,
  noun: "name" | "port",
): string {
  const holder = { owner: "You hold", address: "Your address holds", server: "The server holds" };
  const advice = scope === "server" ? "" : "; stop a tunnel first";
  return `${holder[scope]} ${limit} ${noun}s, which is the most${advice}`;
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.ceil(seconds / 60)} min`;
}
