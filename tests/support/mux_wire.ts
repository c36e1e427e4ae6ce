/**
 * Two muxes and a wire between them that delays each direction as it likes, and
 * every way in which that can go.
 *
 * @module
 */

import { answer, HTTP_HEAD, TCP_HEAD } from "./mux_raw.ts";
import { type MuxEnd, muxPair, settle, type StreamRecorder } from "./mux_end.ts";

/** What a side does to its present stream; `open` makes another the present one. */
export type Step =
  | "open"
  | "open tcp"
  | "open with fin"
  | "respond"
  | "respond with fin"
  | "send"
  | "end"
  | "trailers"
  | "read"
  | "reset"
  | "next";

/** What the two sides do, each in this order. */
export interface Script {
  readonly server: readonly Step[];
  readonly client: readonly Step[];
}

type Side = "server" | "client";

/** One run of a script in one order. */
class Run {
  readonly #ends: { readonly server: MuxEnd; readonly client: MuxEnd };
  readonly #script: Script;
  readonly #at = { server: 0, client: 0 };
  readonly #current = { server: -1, client: 0 };
  readonly #wire: Record<Side, Uint8Array[]> = { server: [], client: [] };
  readonly log: string[] = [];

  constructor(script: Script, streams: number) {
    this.#script = script;
    const limits = { streams, initialWindow: 1024, maxWindow: 1024 };
    this.#ends = muxPair({ server: { limits }, client: { limits } });
  }

  /** What could happen next; a closure for each. */
  choices(): (() => void)[] {
    const choices: (() => void)[] = [];
    for (const side of ["server", "client"] as const) {
      const step = this.#script[side][this.#at[side]];
      if (step !== undefined && this.#canDo(side, step)) choices.push(() => this.#do(side, step));
      if (this.#ends[side].mux.outbox.pending > 0) choices.push(() => this.#leave(side));
      if (this.#wire[side].length > 0) choices.push(() => this.#arrive(side));
    }
    return choices;
  }

  /** Throws unless both ends are as if nothing had been. */
  checkEnd(): void {
    const { server, client } = this.#ends;
    for (const side of ["server", "client"] as const) {
      const end = this.#ends[side];
      const left = this.#script[side].slice(this.#at[side]);
      if (left.length > 0) throw new Error(`The ${side} never could ${left[0]}`);
      if (end.mux.openStreams !== 0) throw new Error(`The ${side} has leaked a stream`);
      if (end.mux.growth !== 0) throw new Error(`The ${side} has leaked growth`);
      if (end.stale.length > 0) throw new Error(`The ${side} was told ${end.stale} too late`);
      if (end.closedStreams !== end.opened.length) throw new Error(`The ${side} lost count`);
    }
    // The slots are good for another exchange.
    const request = server.open(HTTP_HEAD, undefined, true);
    settle(this.#ends);
    client.opened.at(-1)!.stream.respond(answer(204), undefined, true);
    settle(this.#ends);
    if (request.events.join() !== "response 204,end") throw new Error("A slot is not as new");
  }

  #canDo(side: Side, step: Step): boolean {
    if (step.startsWith("open")) return this.#ends.server.mux.canOpen;
    if (step === "next") return this.#ends[side].opened.length > this.#current[side] + 1;
    const stream = this.#ends[side].opened[this.#current[side]];
    return stream !== undefined && (step !== "read" || stream.held > 0 || stream.isOver);
  }

  #do(side: Side, step: Step): void {
    this.log.push(`${side} ${step}`);
    this.#at[side]++;
    if (step.startsWith("open")) {
      this.#ends.server.open(
        step === "open tcp" ? TCP_HEAD : HTTP_HEAD,
        undefined,
        step === "open with fin",
      );
      this.#current.server++;
    } else if (step === "next") this.#current[side]++;
    else doTo(this.#ends[side].opened[this.#current[side]]!, step);
  }

  #leave(side: Side): void {
    this.log.push(`${side} leaves`);
    this.#wire[side].push(this.#ends[side].pull());
  }

  #arrive(side: Side): void {
    this.log.push(`${side} arrives`);
    this.#ends[side === "server" ? "client" : "server"].mux.receive(this.#wire[side].shift()!);
  }
}

function doTo(recorder: StreamRecorder, step: Step): void {
  const { stream } = recorder;
  if (step === "respond") stream.respond(answer(200));
  else if (step === "respond with fin") stream.respond(answer(200), undefined, true);
  else if (step === "send") stream.send(new Uint8Array(600));
  else if (step === "end") stream.end();
  else if (step === "trailers") stream.end(new Uint8Array(5));
  else if (step === "read") recorder.consume();
  else recorder.reset();
}

/**
 * Runs `script` in every order that is possible and gives how many there were.
 *
 * @throws {Error} What went wrong, and in which order.
 */
export function runEveryOrder(script: Script, streams = 2, most = 200_000): number {
  let runs = 0;
  const taken: number[] = [];
  for (;;) {
    const run = new Run(script, streams);
    try {
      const counts: number[] = [];
      for (let choices = run.choices(); choices.length > 0; choices = run.choices()) {
        const depth = counts.length;
        counts.push(choices.length);
        choices[taken[depth] ??= 0]!();
      }
      run.checkEnd();
      if (++runs > most) throw new Error(`There are more than ${most} orders`);
      // The next order: the last choice that has an alternative takes it.
      let last = counts.length - 1;
      while (last >= 0 && taken[last] === counts[last]! - 1) last--;
      if (last < 0) return runs;
      taken[last]!++;
      taken.length = last + 1;
    } catch (error) {
      throw new Error(`In this order: ${run.log.join(", ")}`, { cause: error });
    }
  }
}
