/**
 * What of a visitor's address is shown. Tokens and signatures are found in queries, and what is
 * printed ends up in logs and on shared screens.
 *
 * @module
 */

import type { TunEvent } from "../../events.ts";

/** The event, for printing. */
export function withoutQuery(event: TunEvent): TunEvent {
  if (event.event !== "request") return event;
  const query = event.path.indexOf("?");
  return query < 0 ? event : { ...event, path: event.path.slice(0, query) };
}
