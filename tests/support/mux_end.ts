/**
 * One end of a mux whose link is in the hands of a test.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { ResetCode, SessionClosed } from "../../protocol/errors.ts";
import { type Limits, withDefaults } from "../../protocol/limits.ts";
import type { Control } from "../../protocol/mux/control.ts";
import type { OpenHead, ResponseHead } from "../../protocol/mux/head.ts";
import { Mux } from "../../protocol/mux/mux.ts";
import type { MuxStream, StreamUser } from "../../protocol/mux/stream.ts";

/** What a stream told its user, and whether it told it when it still had to. */
export class StreamRecorder implements StreamUser {
  readonly events: string[] = [];
  /** What was told after the last word. */
  readonly stale: string[] = [];
  /** Bytes that came in. */
  received = 0;
  /** Bytes that came in and that `consumed()` was not told of. */
  held = 0;
  /** The pieces, if they are to be kept. */
  readonly pieces: Uint8Array[] = [];
  isOver = false;
  isEnded = false;

  constructor(readonly stream: MuxStream, readonly keep: boolean) {
    stream.user = this;
  }

  onResponse(head: ResponseHead): void {
    this.#note(`response ${head.status}`);
  }

  onData(piece: Uint8Array): void {
    if (this.isOver || this.isEnded) this.stale.push("data");
    this.received += piece.length;
    this.held += piece.length;
    if (this.keep) this.pieces.push(piece.slice());
  }

  onEnd(trailers: Uint8Array | undefined): void {
    this.#note(trailers === undefined ? "end" : `end ${trailers.length}`);
    this.isEnded = true;
  }

  onReset(code: ResetCode): void {
    this.#note(`reset ${code}`);
    this.isOver = true;
  }

  onDrained(): void {
    if (this.isOver) this.stale.push("drained");
  }

  onAbandoned(end: SessionClosed): void {
    this.#note(`abandoned ${end.code}`);
    this.isOver = true;
  }

  /** Resets the stream: nothing may be told after that. */
  reset(code: ResetCode = "cancelled"): void {
    this.isOver = true;
    this.held = 0;
    this.stream.reset(code);
  }

  /** Reads `bytes`, or everything. */
  consume(bytes: number = this.held): void {
    const taken = Math.min(bytes, this.held);
    this.held -= taken;
    if (taken > 0) this.stream.consumed(taken);
  }

  #note(event: string): void {
    if (this.isOver || (this.isEnded && event.startsWith("end"))) this.stale.push(event);
    this.events.push(event);
  }
}

/** What an end is made with. */
export interface MuxEndOptions {
  readonly limits?: Partial<Limits>;
  readonly peer?: { readonly streams: number; readonly window: number };
  /** Keeps the bytes that came in. */
  readonly keep?: boolean;
  /** Called when the peer has opened a stream. */
  readonly onOpen?: (stream: StreamRecorder, head: OpenHead) => void;
  /** Called when there is something to pull. */
  readonly onWork?: () => void;
}

/** A mux, its time, and everything it told. */
export class MuxEnd {
  readonly mux: Mux;
  readonly controls: Control[] = [];
  readonly opened: StreamRecorder[] = [];
  readonly heads: OpenHead[] = [];
  closedStreams = 0;
  now = 0;
  roundTripMs = 100;
  bytesPerSecond = 0;
  readonly #keep: boolean;

  constructor(readonly role: "server" | "client", options: MuxEndOptions = {}) {
    const limits = withDefaults(options.limits);
    this.#keep = options.keep ?? false;
    this.mux = new Mux({
      role,
      limits,
      peer: options.peer ?? { streams: 1024, window: 65536 },
      now: () => this.now,
      roundTripMs: () => this.roundTripMs,
      bytesPerSecond: () => this.bytesPerSecond,
      user: {
        onOpen: (stream, head) => {
          const recorder = new StreamRecorder(stream, this.#keep);
          this.opened.push(recorder);
          this.heads.push(head);
          options.onOpen?.(recorder, head);
        },
        onControl: (control) => void this.controls.push(control),
        onStreamClosed: () => void this.closedStreams++,
        onWork: () => options.onWork?.(),
      },
    });
  }

  /** Opens a stream; only on the server. */
  open(head: OpenHead, body?: Uint8Array, fin?: boolean): StreamRecorder {
    const recorder = new StreamRecorder(this.mux.open(head, body, fin), this.#keep);
    this.opened.push(recorder);
    return recorder;
  }

  /** Everything that can be sent now, pulled through rooms of `roomBytes`. */
  pull(roomBytes: number | (() => number) = 128 * 1024): Uint8Array {
    const pieces: Uint8Array[] = [];
    while (this.mux.outbox.pending > 0) {
      const room = new Uint8Array(typeof roomBytes === "number" ? roomBytes : roomBytes());
      const length = this.mux.outbox.fill(room);
      if (length === 0) throw new Error("Something is pending and nothing comes");
      pieces.push(room.subarray(0, length));
    }
    return concat(pieces);
  }

  /** Callbacks that came when they must not. */
  get stale(): string[] {
    return this.opened.flatMap(({ stale }) => stale);
  }
}

/** Two ends that agree about their limits. */
export function muxPair(
  options: { server?: MuxEndOptions; client?: MuxEndOptions } = {},
): { server: MuxEnd; client: MuxEnd } {
  const terms = (end: MuxEndOptions | undefined) => {
    const { streams, initialWindow } = withDefaults(end?.limits);
    return { streams, window: initialWindow };
  };
  return {
    server: new MuxEnd("server", { ...options.server, peer: terms(options.client) }),
    client: new MuxEnd("client", { ...options.client, peer: terms(options.server) }),
  };
}

/** Carries everything both ways until nothing moves. */
export function settle({ server, client }: { server: MuxEnd; client: MuxEnd }): void {
  while (server.mux.outbox.pending > 0 || client.mux.outbox.pending > 0) {
    client.mux.receive(server.pull());
    server.mux.receive(client.pull());
  }
}
