/**
 * What may follow what in one direction of a stream. Every transition is in this
 * file, and this file does not know which side it is on.
 *
 * ```text
 *            informational
 *               +---+
 *               v   |         DATA
 *   client:  [ head ] --+    +---+
 *               |       |    v   |
 *   RESPONSE    +------>[ body ] ----- FIN, TRAILERS ---->[ ended ]
 *               |            |                                |
 *   RESPONSE+FIN|----------- | ------------------------------^|
 *               |            |                                |
 *               +-- RESET ---+-------->[ reset ]<--- RESET ---+
 * ```
 *
 * The direction from the server starts in `body`, and so does a TCP stream's from
 * the client. A RESET after the end says: and I do not want the rest of yours.
 * A stream is over once both directions have ended or were reset; one that is
 * reset by the peer is reset by us in return, if our direction has not ended.
 *
 * @module
 */

/** Where one direction of a stream stands. */
export type Phase = "head" | "body" | "ended" | "reset";

/** What moves it. */
export type StreamEvent =
  | "informational"
  | "response"
  | "response_fin"
  | "data"
  | "fin"
  | "reset";

const TRANSITIONS: Readonly<Record<Phase, Readonly<Partial<Record<StreamEvent, Phase>>>>> = {
  head: { informational: "head", response: "body", response_fin: "ended", reset: "reset" },
  body: { data: "body", fin: "ended", reset: "reset" },
  ended: { reset: "reset" },
  reset: {},
};

/** The phase after `event`, or `undefined` if it must not happen in `phase`. */
export function nextPhase(phase: Phase, event: StreamEvent): Phase | undefined {
  return TRANSITIONS[phase][event];
}

/** True if nothing but a RESET can follow. */
export function isOver(phase: Phase): boolean {
  return phase === "ended" || phase === "reset";
}
