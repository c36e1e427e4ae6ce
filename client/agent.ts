/**
 * Keeps tunnels open: the only place that decides to try again.
 *
 * ```text
 *                  WELCOME, CLAIMED            transport lost
 *   [ connecting ] ----------------> [ online ] <-----------> [ paused ]
 *     ^   ^   |                        |    |      resumed        |
 *     |   |   +-- refused for good --+ |    |                     |
 *     |   +----- GOAWAY: the old ----|-+    | stop()              | not resumed
 *     |          session drains      |      v                     |
 *     |                              |  [ stopping ]              |
 *     |                              +----->v                     |
 *     |                                 [ stopped ]               |
 *     +-----------------------------------------------------------+
 * ```
 *
 * @module
 */

import {
  ACCESS_REQUIREMENT,
  type Clock,
  type Control,
  newNonce,
  sleep,
  systemClock,
} from "@tun/protocol";
import { AgentEnd } from "./agent/agent_end.ts";
import { AgentReports } from "./agent/agent_reports.ts";
import { Claims } from "./agent/claims.ts";
import { drain } from "./agent/drain.ts";
import { afterFailure, isAboutToken, type Retry } from "./agent/failure.ts";
import { LiveSession, type LiveSessionEnd } from "./agent/live_session.ts";
import { TokenRenewal } from "./agent/token_renewal.ts";
import type { AgentTunnel } from "./agent/tunnel.ts";
import { reconnectDelayMs } from "./backoff.ts";
import type { TunEvent } from "./cli/terminal/events.ts";
import type { Dialer } from "./dial/dialer.ts";

/** Where an agent stands. */
export type AgentState = "connecting" | "online" | "paused" | "stopping" | "stopped";

/** What an agent is made with. */
export interface AgentOptions {
  readonly dialer: Dialer;
  readonly tunnels: readonly AgentTunnel[];
  /** Program and version, for the server. */
  readonly agent: string;
  /** The credential, asked for whenever one is needed: it may have been replaced. */
  readonly token?: () => Promise<string | undefined>;
  /** Without tokens: 32 secret bytes, in hex. */
  readonly leaseKey?: string | undefined;
  /** Who is told what happens. Must not throw. */
  readonly report: (event: TunEvent) => void;
  /** @default {systemClock} */
  readonly clock?: Clock;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
}

/** A session that lasted longer shows that the server is well: the next attempt is made at once. */
const SETTLED_MS = 5_000;

/** When the person stops us, requests that are under way get this long. */
const STOP_DRAIN_MS = 3_000;

/** When the server stops, the old session gets this long; the server has its own, shorter limit. */
const RETIRE_MS = 60_000;

/** Keeps tunnels open until it is stopped, or there is no point in going on. */
export class Agent implements AsyncDisposable {
  /** Resolves when the agent has stopped, with the reason. */
  readonly ended: Promise<AgentEnd>;
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #reports: AgentReports;
  readonly #claims: Claims;
  readonly #tokens: TokenRenewal;
  readonly #lifetime = new AbortController();
  /** Sessions that the server is done with, until their streams are. */
  readonly #retired = new Map<LiveSession, Promise<void>>();
  #state: AgentState = "connecting";
  #live: LiveSession | undefined;
  /** Settles what the current session is waited for: GOAWAY, or the agent's end. */
  #move: ((why: "goaway" | AgentEnd) => void) | undefined;
  #attempt = 0;
  #nonce: string | undefined;
  #wasOnline = false;
  /** Why the last session ended, for people. */
  #lostReason: string | undefined;

  /** Starts at once. */
  constructor(options: AgentOptions) {
    this.#options = options;
    const { tunnels, token, clock = systemClock } = options;
    this.#clock = clock;
    const reports = this.#reports = new AgentReports(options.report);
    this.#tokens = new TokenRenewal({ token, clock, reports });
    this.#claims = new Claims({ tunnels, clock, reports, onEnd: (end) => this.#move?.(end) });
    this.ended = this.#run();
  }

  /** Where it stands. */
  get state(): AgentState {
    return this.#state;
  }

  /**
   * Stops. Requests that are under way may end first, for at most `drainMs`; calling it again with
   * less cuts that short.
   */
  async stop(drainMs: number = STOP_DRAIN_MS): Promise<void> {
    const isFirst = this.#state !== "stopping" && this.#state !== "stopped";
    if (isFirst) {
      this.#state = "stopping";
      const sessions = this.#sessions();
      if (drainMs > 0) {
        await Promise.all(
          sessions.map((live) => drain(live, drainMs, this.#clock, this.#lifetime.signal)),
        );
      }
    }
    for (const { session } of this.#sessions()) session.close("normal");
    this.#lifetime.abort(new AgentEnd("stopped", "Stopped"));
    await this.ended;
    await Promise.all(this.#retired.values());
  }

  /** Stops at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0);
  }

  #sessions(): LiveSession[] {
    return [...this.#retired.keys(), ...(this.#live === undefined ? [] : [this.#live])];
  }

  async #run(): Promise<AgentEnd> {
    let end: AgentEnd;
    try {
      for (;;) {
        const live = await this.#start();
        const why = await this.#keep(live);
        if (why !== undefined) {
          end = why;
          break;
        }
      }
    } catch (error) {
      if (!(error instanceof AgentEnd)) throw error;
      end = error;
    }
    this.#state = "stopped";
    for (const { session } of this.#sessions()) session.close("normal");
    this.#lifetime.abort(end);
    this.#reports.end(end);
    return end;
  }

  /** Tries until there is a session. */
  async #start(): Promise<LiveSession> {
    const { signal } = this.#lifetime;
    let retry: Retry | undefined;
    for (;;) {
      await this.#unlessStopping();
      const jitter = reconnectDelayMs(this.#attempt++, this.#options.random);
      const delay = Math.max(jitter, retry?.notBeforeMs ?? 0);
      if (retry !== undefined || this.#wasOnline) {
        this.#reports.wait(delay, retry?.reason ?? this.#lostReason);
      }
      await sleep(this.#clock, delay, signal);
      await this.#unlessStopping();
      try {
        const live = await this.#dial(signal);
        if (!this.#isStopping()) return live;
        live.session.close("normal");
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        retry = afterFailure(error, this.#wasOnline);
      }
    }
  }

  /** While old sessions drain before the end, there will be no new one. */
  async #unlessStopping(): Promise<void> {
    if (this.#isStopping()) await rejection(this.#lifetime.signal);
  }

  async #dial(signal: AbortSignal): Promise<LiveSession> {
    const { agent, dialer, leaseKey, random, tunnels } = this.#options;
    this.#nonce ??= newNonce();
    const token = await this.#tokens.present();
    const live = await LiveSession.start({
      agent,
      dialer,
      leaseKey,
      require: tunnels.some(({ options }) => options.access !== undefined)
        ? [ACCESS_REQUIREMENT]
        : [],
      random,
      token,
      nonce: this.#nonce,
      clock: this.#clock,
      user: {
        onStream: (stream) => this.#claims.onStream(stream),
        onControl: (control, live) => this.#onControl(control, live),
        onPaused: (live) => this.#onMoved(live, "paused"),
        onResumed: (live) => this.#onMoved(live, "resumed"),
      },
    }, signal);
    this.#nonce = undefined;
    return live;
  }

  /** Claims everything, and waits until the session is over or on its way out. */
  async #keep(live: LiveSession): Promise<AgentEnd | undefined> {
    this.#live = live;
    this.#wasOnline = true;
    this.#state = "online";
    const moved = new Promise<"goaway" | AgentEnd>((resolve) => this.#move = resolve);
    live.listen();
    this.#claims.claim(live);
    const why = await Promise.race([live.ended, moved]);
    this.#live = undefined;
    this.#move = undefined;
    this.#claims.lose();
    if (this.#clock.now() - live.startedAt >= SETTLED_MS) this.#attempt = 0;
    if (!this.#isStopping()) this.#state = "connecting";
    if (why instanceof AgentEnd) {
      await this.#retire(live, this.#claims.revokedDrainMs);
      return why;
    }
    if (why === "goaway") {
      this.#lostReason = "the server is stopping";
      this.#retire(live, RETIRE_MS);
      return undefined;
    }
    return await this.#afterEnd(why);
  }

  /** A method, because the state changes while something is awaited. */
  #isStopping(): boolean {
    return this.#state === "stopping";
  }

  /** What the end of a session means. */
  async #afterEnd({ code, origin, message }: LiveSessionEnd): Promise<AgentEnd | undefined> {
    const { signal } = this.#lifetime;
    if (signal.aborted) return signal.reason;
    if (this.#isStopping()) return new AgentEnd("stopped", "Stopped");
    if (code === "normal" && origin === "remote") {
      return new AgentEnd("stopped", "The server has ended the session");
    }
    if (isAboutToken(code) && await this.#tokens.isSpent()) {
      return new AgentEnd(code, message);
    }
    this.#lostReason = message;
    return undefined;
  }

  #onControl(control: Control, live: LiveSession): void {
    if (live !== this.#live) return;
    switch (control.type) {
      case "claimed":
        return this.#claims.onClaimed(control, live);
      case "claim_refused":
        return this.#claims.onRefused(control, live);
      case "revoked":
        return this.#claims.onRevoked(control);
      case "expiring":
        return void this.#tokens.onExpiring(control.inMs, live);
      case "auth_result":
        if (!control.ok) {
          this.#reports.warn(
            control.code ?? "token_refused",
            control.message ?? "the new token is refused",
          );
        }
        return;
      case "goaway":
        return this.#move?.("goaway");
    }
  }

  #onMoved(live: LiveSession, event: "paused" | "resumed"): void {
    if (live !== this.#live || this.#isStopping()) return;
    this.#state = event === "paused" ? "paused" : "online";
    this.#reports.moved(event);
  }

  /** Lets a session end in peace, within `ms`. */
  #retire(live: LiveSession, ms: number): Promise<void> {
    const done = drain(live, ms, this.#clock, this.#lifetime.signal).then(() => {
      live.session.close("normal");
      this.#retired.delete(live);
    });
    this.#retired.set(live, done);
    return done;
  }
}

/** Rejects with the signal's reason, once it is aborted. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
