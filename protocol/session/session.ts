/**
 * A session: many streams between a client and a server, over one transport after
 * another. This is the async shell around mux and link; it decides nothing about
 * bytes, only about life and death.
 *
 * ```text
 *                  transport lost                 resumed
 *   [ connected ] ----------------> [ paused ] ------------> [ connected ]
 *         |                            |
 *         +---- close, violation, -----+---- not resumed in time
 *               closed by the peer     v
 *                                  [ closed ]
 * ```
 *
 * @module
 */

import type { Timer } from "../clock.ts";
import { copyBytes } from "../small_bytes.ts";
import { type CloseCode, type ProtocolError, SessionClosed } from "../errors.ts";
import { Link } from "../link/link.ts";
import type { Control } from "../mux/control.ts";
import type { OpenHead } from "../mux/head.ts";
import { processGrowth } from "../mux/flow_control.ts";
import { Mux } from "../mux/mux.ts";
import type { MuxStream } from "../mux/stream.ts";
import type { Transport, TransportError } from "../transport/transport.ts";
import { HeadBudget } from "./head_budget.ts";
import { Pump } from "./pump.ts";
import type { SessionOptions, SessionUser } from "./session_options.ts";
import type { SessionStats } from "./session_stats.ts";
import { TunnelStream } from "./stream.ts";

/** Whether a session has a transport. */
export type SessionState = "connected" | "paused" | "closed";

/** Many streams over one transport after another. */
export class Session implements AsyncDisposable {
  /** Names the session, in hex. */
  readonly id: string;
  /** Resolves when the session is over, with the reason. */
  readonly closed: Promise<SessionClosed>;
  /** Resolves when, after that, its last transport is closed too: what was said has been heard. */
  readonly gone: Promise<void>;
  readonly #options: SessionOptions;
  readonly #mux: Mux;
  readonly #link: Link;
  readonly #heads: HeadBudget;
  readonly #drained: (() => void)[] = [];
  #user: SessionUser | undefined;
  #pump: Pump | undefined;
  #transport: Transport | undefined;
  #state: SessionState = "paused";
  #pauseTimer: Timer | undefined;
  /** The user has been told that there is no transport. */
  #isPauseKnown = false;
  #resumes = 0;
  #end: SessionClosed | undefined;
  #resolveClosed!: (end: SessionClosed) => void;
  #resolveGone!: () => void;

  /** Makes a session without a transport. */
  constructor(options: SessionOptions) {
    this.id = options.id;
    this.#options = options;
    this.closed = new Promise((resolve) => this.#resolveClosed = resolve);
    this.gone = new Promise((resolve) => this.#resolveGone = resolve);
    const { role, limits, peer, clock, pool } = options;
    this.#heads = new HeadBudget(limits.headBudget);
    const mux = new Mux({
      role,
      limits,
      peer,
      now: () => clock.now(),
      roundTripMs: () => this.#link.roundTripMs,
      bytesPerSecond: () => this.#link.bytesPerSecond,
      growth: processGrowth,
      user: {
        onOpen: (stream, head) => this.#onOpen(stream, head),
        onControl: (control) => this.#user?.onControl(control),
        onStreamClosed: () => this.#checkDrained(),
        onWork: () => this.#pump?.wake(),
      },
    });
    this.#mux = mux;
    this.#link = new Link({
      limits,
      pool,
      peerResend: peer.resend,
      user: {
        get pending() {
          return mux.outbox.pending;
        },
        fill: (room) => mux.outbox.fill(room),
        onPayload: (piece) => mux.receive(piece),
        onAcknowledged: () => this.#checkDrained(),
        onClose: (code, reason) => this.#onClose(code, reason),
      },
    });
  }

  /** Says who is told what happens. To be set before the first transport is attached. */
  set user(user: SessionUser) {
    this.#user = user;
  }

  /** Whether there is a transport. */
  get state(): SessionState {
    return this.#state;
  }

  /** Why the session is over, or `undefined` as long as it is not. */
  get end(): SessionClosed | undefined {
    return this.#end;
  }

  /** What carries the session now. */
  get transport(): Transport | undefined {
    return this.#transport;
  }

  /** Figures for people and metrics. */
  get stats(): SessionStats {
    const { produced, acknowledged } = this.#link.sent;
    return {
      streams: this.#mux.openStreams,
      sentBytes: produced,
      acknowledgedBytes: acknowledged,
      receivedBytes: this.#link.received,
      resentBytes: this.#link.resent,
      heldBytes: this.#link.held,
      roundTripMs: this.#link.roundTripMs,
      bytesPerSecond: this.#link.bytesPerSecond,
      resumes: this.#resumes,
    };
  }

  /** The least round trip of late; `Infinity` when unknown. */
  get roundTripMs(): number {
    return this.#link.roundTripMs;
  }

  /** How many payload bytes have come in. */
  get received(): number {
    return this.#link.received;
  }

  /** True if the peer can stand at `offset` of what we sent. */
  canResumeAt(offset: number): boolean {
    return this.#state !== "closed" && this.#link.canResumeAt(offset);
  }

  /** Whether another stream can be opened now. */
  get canOpen(): boolean {
    return this.#state !== "closed" && this.#mux.canOpen;
  }

  /**
   * Opens a stream, with a first piece of its body; only on the server. While the
   * session is paused the stream waits with it.
   *
   * @throws {SessionClosed} If the session is over.
   * @throws {RangeError} If no stream can be opened, or the head is too large.
   */
  open(head: OpenHead, body?: Uint8Array, fin = false): TunnelStream {
    if (this.#end !== undefined) throw this.#end;
    return this.#adopt(this.#mux.open(head, body, fin), head);
  }

  /**
   * Says something that is not about a stream.
   *
   * @throws {SessionClosed} If the session is over.
   */
  sendControl(control: Control): void {
    if (this.#end !== undefined) throw this.#end;
    this.#mux.sendControl(control);
  }

  /** Takes a transport into use; `leading` are bytes that were read behind the handshake. */
  attach(transport: Transport, leading: Uint8Array, peerReceived?: number): void {
    const isResume = peerReceived !== undefined;
    this.detach();
    this.#pauseTimer?.cancel();
    const { clock } = this.#options;
    this.#link.attach(clock.now(), peerReceived);
    const pump = new Pump(transport, this.#link, clock, {
      onLost: (cause) => this.#onLost(cause),
      onViolation: (error) => this.#onViolation(error),
      onStopped: () => this.#onStopped(pump),
    });
    this.#pump = pump;
    this.#transport = transport;
    this.#state = "connected";
    this.#isPauseKnown = false;
    if (isResume) {
      this.#resumes++;
      this.#user?.onResumed(transport);
    }
    pump.start(leading);
  }

  /**
   * Lets go of the transport, if there is one; its late bytes are dropped. The
   * session waits for another.
   */
  detach(): void {
    if (this.#state !== "connected") return;
    this.#state = "paused";
    const pump = this.#pump;
    this.#pump = undefined;
    this.#transport = undefined;
    this.#link.detach();
    pump?.stop();
    this.#pauseTimer = this.#options.clock.schedule(
      this.#options.resumeMs,
      () => this.#finish(new SessionClosed("link_lost", "local")),
    );
  }

  /**
   * The transport that was to follow the one let go of is lost as well: the user
   * is told that the session waits, unless it knows.
   */
  miss(cause: TransportError): void {
    if (this.#state !== "paused" || this.#isPauseKnown) return;
    this.#isPauseKnown = true;
    this.#user?.onPaused(cause);
  }

  /** Takes no more streams: the peer is told, and those that come are reset as untouched. */
  goAway(): void {
    if (this.#end === undefined) this.#mux.goAway();
  }

  /**
   * Resolves once no stream is open and all that was sent has arrived, or the
   * session is over.
   */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#end !== undefined) return resolve();
      this.#drained.push(resolve);
      this.#checkDrained();
    });
  }

  /** Ends the session, and what is still open in it, at once. */
  close(code: CloseCode = "normal", message?: string): void {
    this.#closeWith(new SessionClosed(code, "local", message), code);
  }

  /** Ends the session at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  #closeWith(end: SessionClosed, code: CloseCode): void {
    if (this.#end !== undefined) return;
    this.#link.close(code, end.message);
    this.#finish(end);
  }

  #onClose(code: CloseCode, reason: string): void {
    // What was not sent yet has nobody to go to.
    this.#link.end();
    this.#finish(new SessionClosed(code, "remote", reason));
  }

  #onViolation(error: ProtocolError): void {
    const end = new SessionClosed(error.code, "local", error.message, { cause: error });
    this.#closeWith(end, error.code);
  }

  #onLost(cause: TransportError): void {
    if (this.#state !== "connected") return;
    this.detach();
    this.miss(cause);
  }

  #onStopped(pump: Pump): void {
    if (this.#state === "closed" && this.#pump === pump) this.#letGo();
  }

  #finish(end: SessionClosed): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#state = "closed";
    this.#pauseTimer?.cancel();
    this.#mux.abandon(end);
    if (this.#pump === undefined) this.#letGo();
    else this.#pump.finish();
    for (const resolve of this.#drained.splice(0)) resolve();
    this.#resolveClosed(end);
  }

  #letGo(): void {
    this.#link.end();
    this.#resolveGone();
  }

  #onOpen(mux: MuxStream, head: OpenHead): void {
    const kept = head.kind === "http" ? { ...head, headers: copyBytes(head.headers) } : head;
    this.#user?.onStream(this.#adopt(mux, kept));
  }

  #adopt(mux: MuxStream, head: OpenHead): TunnelStream {
    return new TunnelStream(mux, head, this.#heads);
  }

  #checkDrained(): void {
    if (this.#drained.length === 0 || this.#end !== undefined) return;
    if (this.#mux.openStreams > 0) return;
    const { produced, acknowledged } = this.#link.sent;
    if (this.#mux.outbox.pending === 0 && acknowledged === produced) {
      for (const resolve of this.#drained.splice(0)) resolve();
      return;
    }
    // An acknowledgement can take a second; a PONG brings one at once.
    this.#link.ping();
    this.#pump?.wake();
  }
}
