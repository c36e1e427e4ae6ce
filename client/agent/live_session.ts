/**
 * A session that comes back: when its transport is lost it is resumed over another, until it is
 * over or the server will not have it back.
 *
 * @module
 */

import {
  ClientSession,
  type Clock,
  type Control,
  HandshakeRefused,
  type Session,
  type SessionEnd,
  sleep,
  type TunnelStream,
} from "@tun/protocol";
import { resumeDelayMs } from "../backoff.ts";
import type { Dialer } from "../dial/dialer.ts";

/** A connection that lasted longer shows that the way is clear: the next resume is tried at once. */
const STEADY_MS = 1_000;

/** Who is told what happens. */
export interface LiveSessionUser {
  /** A visitor. */
  onStream(stream: TunnelStream): void;
  /** The server has something to say. */
  onControl(control: Control, live: LiveSession): void;
  /** The connection is lost; it is being resumed. */
  onPaused(live: LiveSession): void;
  /** It is back. */
  onResumed(live: LiveSession): void;
}

/** What a session is started with. */
export interface LiveSessionOptions {
  readonly dialer: Dialer;
  readonly user: LiveSessionUser;
  /** Program and version. */
  readonly agent: string;
  readonly token: string | undefined;
  readonly leaseKey: string | undefined;
  /** Extensions that the server must know. */
  readonly require: readonly string[];
  /** The same for every attempt at the same start. */
  readonly nonce: string;
  readonly clock: Clock;
  readonly random: () => number;
}

/** How a session ended. */
export interface LiveSessionEnd {
  /** Why; the code of a refusal, if a resume was refused. */
  readonly code: SessionEnd | string;
  /** Who ended it. */
  readonly origin: "local" | "remote";
  /** For people. */
  readonly message: string;
}

/** A session with its own resumes. */
export class LiveSession {
  /** When it started. */
  readonly startedAt: number;
  /** Resolves when the session is over. */
  readonly ended: Promise<LiveSessionEnd>;
  readonly #client: ClientSession;
  readonly #options: LiveSessionOptions;
  readonly #lifetime = new AbortController();
  /** What happened before somebody listened. */
  #early: (() => void)[] | undefined = [];
  #isResuming = false;
  /** Resumes in a row that brought no steady connection. */
  #failures = 0;
  #resumedAt = -Infinity;
  #refusal: HandshakeRefused | undefined;

  private constructor(client: ClientSession, options: LiveSessionOptions) {
    this.#client = client;
    this.#options = options;
    this.startedAt = options.clock.now();
    this.ended = client.session.closed.then((end) => {
      this.#lifetime.abort(end);
      const refusal = this.#refusal;
      if (refusal === undefined) return end;
      return { code: refusal.code, origin: "remote", message: refusal.message };
    });
  }

  /**
   * Dials, and starts a session.
   *
   * @throws {HandshakeRefused | DialError}
   * @throws The signal's reason, once it is aborted.
   */
  static async start(options: LiveSessionOptions, signal: AbortSignal): Promise<LiveSession> {
    const { dialer, user, agent, token, leaseKey, nonce, clock, require } = options;
    // What comes in one packet with the WELCOME happens before there is a session to name.
    const early: ((live: LiveSession) => void)[] = [];
    const born: { live?: LiveSession } = {};
    const tell = (happening: (live: LiveSession) => void) => {
      const { live } = born;
      if (live === undefined) early.push(happening);
      else live.#tell(() => happening(live));
    };
    const client = await dialer.dial(
      (transport, signal) =>
        ClientSession.start(transport, {
          agent,
          token,
          leaseKey,
          require,
          nonce,
          clock,
          user: {
            onStream: (stream) => user.onStream(stream),
            onControl: (control) => tell((live) => user.onControl(control, live)),
            onPaused: () => tell((live) => live.#onPaused()),
            onResumed: () => tell((live) => live.#onResumed()),
          },
        }, { signal }),
      signal,
    );
    const live = born.live = new LiveSession(client, options);
    live.#early = early.map((happening) => () => happening(live));
    return live;
  }

  /** Tells the user what has happened so far, and from now on at once. */
  listen(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const happening of early) happening();
  }

  #tell(happening: () => void): void {
    if (this.#early === undefined) happening();
    else this.#early.push(happening);
  }

  /** Streams and control frames. */
  get session(): Session {
    return this.#client.session;
  }

  #onResumed(): void {
    this.#resumedAt = this.#options.clock.now();
    this.#options.user.onResumed(this);
  }

  #onPaused(): void {
    if (this.#options.clock.now() - this.#resumedAt >= STEADY_MS) this.#failures = 0;
    this.#options.user.onPaused(this);
    if (!this.#isResuming) this.#resume();
  }

  async #resume(): Promise<void> {
    const { dialer, clock, random } = this.#options;
    const { signal } = this.#lifetime;
    this.#isResuming = true;
    while (this.session.state === "paused") {
      try {
        await sleep(clock, resumeDelayMs(this.#failures++, random), signal);
        await dialer.dial((transport, signal) => this.#attempt(transport, signal), signal);
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof HandshakeRefused && error.final) {
          this.#refusal = error;
          this.session.close("normal", "The server will not have the session back");
        }
        // Everything else may be different the next time; the session itself says when it is over.
      }
    }
    this.#isResuming = false;
  }

  async #attempt(
    transport: Parameters<ClientSession["resume"]>[0],
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#client.resume(transport, { signal });
    } catch (error) {
      // A refused resume leaves the transport open for a HELLO; the next session dials its own.
      transport.close();
      throw error;
    }
  }
}
