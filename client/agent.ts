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

import { ACCESS_REQUIREMENT, type Clock, type Control, systemClock } from "@tun/protocol";
import { AgentEnd } from "./agent/agent_end.ts";
import { AgentReports } from "./agent/agent_reports.ts";
import { Claims } from "./agent/claims.ts";
import { drain } from "./agent/drain.ts";
import { isAboutToken } from "./agent/failure.ts";
import type { LiveSession, LiveSessionEnd, LiveSessionUser } from "./agent/live_session.ts";
import { SessionStarter } from "./agent/session_starter.ts";
import { TokenRenewal } from "./agent/token_renewal.ts";
import type { AgentTunnel } from "./agent/tunnel.ts";
import type { TunEvent } from "./events.ts";
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

/** When the person stops us, requests that are under way get this long. */
const STOP_DRAIN_MS = 3_000;

/** When the server stops, the old session gets this long; the server has its own, shorter limit. */
const RETIRE_MS = 60_000;

/** Keeps tunnels open until it is stopped, or there is no point in going on. */
export class Agent implements AsyncDisposable {
  /** Resolves when the agent has stopped, with the reason. */
  readonly ended: Promise<AgentEnd>;
  readonly #clock: Clock;
  readonly #reports: AgentReports;
  readonly #claims: Claims;
  readonly #tokens: TokenRenewal;
  readonly #starter: SessionStarter;
  readonly #lifetime = new AbortController();
  /** Sessions that the server is done with, until their streams are. */
  readonly #retired = new Map<LiveSession, Promise<void>>();
  #state: AgentState = "connecting";
  #live: LiveSession | undefined;
  /** Settles what the current session is waited for: GOAWAY, or the agent's end. */
  #move: ((why: "goaway" | AgentEnd) => void) | undefined;

  /** Starts at once. */
  constructor(options: AgentOptions) {
    const { agent, dialer, leaseKey, random, tunnels, token, clock = systemClock } = options;
    this.#clock = clock;
    const reports = this.#reports = new AgentReports(options.report);
    const tokens = this.#tokens = new TokenRenewal({ token, clock, reports });
    const needsAccess = tunnels.some(({ options }) => options.access !== undefined);
    const require = needsAccess ? [ACCESS_REQUIREMENT] : [];
    const user: LiveSessionUser = {
      onStream: (stream) => this.#claims.onStream(stream),
      onControl: (control, live) => this.#onControl(control, live),
      onPaused: (live) => this.#onMoved(live, "paused"),
      onResumed: (live) => this.#onMoved(live, "resumed"),
    };
    this.#starter = new SessionStarter({
      session: { agent, dialer, leaseKey, require, random, clock, user },
      tokens,
      reports,
      isStopping: () => this.#isStopping(),
    });
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
        const live = await this.#starter.start(this.#lifetime.signal);
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

  /** Claims everything, and waits until the session is over or on its way out. */
  async #keep(live: LiveSession): Promise<AgentEnd | undefined> {
    this.#live = live;
    this.#state = "online";
    const moved = new Promise<"goaway" | AgentEnd>((resolve) => this.#move = resolve);
    live.listen();
    this.#claims.claim(live);
    const why = await Promise.race([live.ended, moved]);
    this.#live = undefined;
    this.#move = undefined;
    this.#claims.lose();
    this.#starter.onEnd(live);
    if (!this.#isStopping()) this.#state = "connecting";
    if (why instanceof AgentEnd) {
      await this.#retire(live, this.#claims.revokedDrainMs);
      return why;
    }
    if (why === "goaway") {
      this.#starter.onLost("the server is stopping");
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
    this.#starter.onLost(message);
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
