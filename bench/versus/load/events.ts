/**
 * Listeners of server-sent events, which say when they were made.
 *
 * @module
 */

import { nowMicros } from "../app/events.ts";
import { type Entrance, HttpVisitor } from "./http_visitor.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";

/** How many, how often, for how long. */
export interface EventsJob {
  readonly entrance: Entrance;
  readonly listeners: number;
  readonly intervalMs: number;
  readonly seconds: number;
}

/** Times in milliseconds. */
export interface EventsResult extends Percentiles {
  readonly events: number;
  readonly seconds: number;
}

const BUFFER_BYTES = 8192;

/** Listens; the clock starts once everybody is connected. */
export async function listen(job: EventsJob): Promise<EventsResult> {
  const { entrance, listeners, intervalMs, seconds } = job;
  using connections = new DisposableStack();
  const opened = await Promise.all(Array.from({ length: listeners }, async () => {
    const listener = await HttpVisitor.to(entrance, BUFFER_BYTES);
    await listener.send("GET", `/events/${intervalMs}`, ["Accept: text/event-stream"]);
    return { listener, head: await listener.head() };
  }));
  const times: number[] = [];
  const started = performance.now();
  const ends = opened.map(({ listener, head }) => {
    connections.use(listener);
    return untilCut(listener.body(head, eventReader((made) => times.push(made))));
  });
  await Promise.race([...ends, new Promise((resolve) => setTimeout(resolve, seconds * 1000))]);
  const elapsed = (performance.now() - started) / 1000;
  const result = { ...percentilesOf(times), events: times.length, seconds: elapsed };
  connections.dispose();
  await Promise.all(ends);
  return result;
}

/** Finds events in the pieces of a body and reports how old they are, in milliseconds. */
export function eventReader(onEvent: (ageMs: number) => void): (data: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (data) => {
    const events = (rest + decoder.decode(data)).split("\n\n");
    rest = events.pop()!;
    const now = nowMicros();
    for (const event of events) onEvent((now - Number(event.split(" ")[1])) / 1000);
  };
}

/** The connections are cut when the time is over; nothing else may end them. */
async function untilCut(body: Promise<number>): Promise<void> {
  try {
    await body;
  } catch (error) {
    if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
      return;
    }
    throw error;
  }
  throw new Error("the events ended");
}
