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
  type ClaimRefused,
  type Clock,
  type Control,
  newNonce,
  type Revoked,
  sleep,
  systemClock,
  type TunnelStream,
} from "@tun/protocol";
import { AgentEnd } from "./agent/agent_end.ts";
import { afterFailure, isAboutToken, type Retry } from "./agent/failure.ts";
import { LiveSession, type LiveSessionEnd } from "./agent/live_session.ts";
import { type AgentTunnel, TunnelHold } from "./agent/tunnel.ts";
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

/** The pause before a claim is made again for which the server named none. */
const CLAIM_RETRY_MS = 5_000;

/** Whatever the server says: a timer that is set for longer than 25 days fires at once. */
const CLAIM_RETRY_CAP_MS = 10 * 60_000;

/** While a token runs out: a person who has just logged in is not to wait. */
const TOKEN_LOOK_MS = 1_000;

/** Keeps tunnels open until it is stopped, or there is no point in going on. */
export class Agent implements AsyncDisposable {
  /** Resolves when the agent has stopped, with the reason. */
  readonly ended: Promise<AgentEnd>;
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #holds: readonly TunnelHold[];
  readonly #lifetime = new AbortController();
  /** Sessions that the server is done with, until their streams are. */
  readonly #retired = new Map<LiveSession, Promise<void>>();
  #state: AgentState = "connecting";
  #live: LiveSession | undefined;
  /** Settles what the current session is waited for: GOAWAY, or the agent's end. */
  #move: ((why: "goaway" | AgentEnd) => void) | undefined;
  #attempt = 0;
  #nonce: string | undefined;
  #token: string | undefined;
  #wasOnline = false;
  /** Every tunnel was there once: from now on one that is lost is no reason to stop the others. */
  #isComplete = false;
  /** Why the last session ended, for people. */
  #lostReason: string | undefined;
  /** Why the last tunnel that ended did. */
  #toldCode: string | undefined;
  /** How long the streams of what was taken from us may go on. */
  #revokedDrainMs = 0;

  /** Starts at once. */
  constructor(options: AgentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#holds = options.tunnels.map((tunnel, number) => new TunnelHold(number, tunnel));
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
        await Promise.all(sessions.map((live) => this.#drain(live, drainMs)));
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
    this.#reportEnd(end);
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
        this.#reportWait(delay, retry?.reason ?? this.#lostReason);
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
    const { agent, dialer, leaseKey, random } = this.#options;
    this.#nonce ??= newNonce();
    this.#token = await this.#readToken();
    const live = await LiveSession.start({
      agent,
      dialer,
      leaseKey,
      require: this.#holds.some(({ tunnel }) => tunnel.options.access !== undefined)
        ? [ACCESS_REQUIREMENT]
        : [],
      random,
      token: this.#token,
      nonce: this.#nonce,
      clock: this.#clock,
      user: {
        onStream: (stream) => this.#onStream(stream),
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
    for (const hold of this.#holds) {
      // It can be over already, if its end came with its beginning.
      if (live.session.end !== undefined) break;
      if (hold.state !== "ended") live.session.sendControl(hold.claim());
    }
    const why = await Promise.race([live.ended, moved]);
    this.#live = undefined;
    this.#move = undefined;
    for (const hold of this.#holds) hold.lose();
    if (this.#clock.now() - live.startedAt >= SETTLED_MS) this.#attempt = 0;
    if (!this.#isStopping()) this.#state = "connecting";
    if (why instanceof AgentEnd) {
      await this.#retire(live, this.#revokedDrainMs);
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
    if (isAboutToken(code) && await this.#readToken() === this.#token) {
      return new AgentEnd(code, message);
    }
    this.#lostReason = message;
    return undefined;
  }

  #onStream(stream: TunnelStream): void {
    const hold = this.#holds[stream.head.tunnel];
    // Streams of a tunnel that ended may have been under way; those of another kind cannot.
    if (hold === undefined || hold.tunnel.kind !== stream.head.kind) stream.reset("tunnel_gone");
    else hold.tunnel.handle(stream);
  }

  #onControl(control: Control, live: LiveSession): void {
    if (live !== this.#live) return;
    switch (control.type) {
      case "claimed": {
        const hold = this.#holds[control.tunnel];
        if (hold === undefined || hold.state === "ended") return;
        hold.take(control);
        return this.#announce(hold, live);
      }
      case "claim_refused":
        return this.#onRefused(control, live);
      case "revoked":
        return this.#onRevoked(control);
      case "expiring":
        return void this.#onExpiring(control.inMs, live);
      case "auth_result":
        if (!control.ok) {
          this.#warn(
            control.code ?? "token_refused",
            control.message ?? "the new token is refused",
          );
        }
        return;
      case "goaway":
        return this.#move?.("goaway");
    }
  }

  /** Says that tunnels are there: the first time not before all of them are. */
  #announce(hold: TunnelHold, live: LiveSession): void {
    if (this.#isComplete) return this.#reportReady(hold, live, true);
    if (this.#holds.some(({ state }) => state !== "held")) return;
    this.#isComplete = true;
    for (const each of this.#holds) this.#reportReady(each, live, false);
  }

  #onRefused(refused: ClaimRefused, live: LiveSession): void {
    const hold = this.#holds[refused.tunnel];
    if (hold === undefined || hold.state === "ended") return;
    const { code, message, final, retryAfterMs } = refused;
    if (final) return this.#endTunnel(hold, code, message);
    hold.wait();
    this.#warn(code, message, hold);
    const ms = Math.min(retryAfterMs || CLAIM_RETRY_MS, CLAIM_RETRY_CAP_MS);
    const timer = this.#clock.schedule(ms, () => {
      if (live === this.#live && hold.state === "wanted") live.session.sendControl(hold.claim());
    });
    live.ended.then(() => timer.cancel());
  }

  #onRevoked({ tunnel, reason, message, drainMs }: Revoked): void {
    const hold = this.#holds[tunnel];
    if (hold === undefined || hold.state === "ended") return;
    this.#revokedDrainMs = Math.min(drainMs, RETIRE_MS);
    this.#endTunnel(hold, reason, message);
  }

  #endTunnel(hold: TunnelHold, code: string, message: string): void {
    hold.end();
    const event = code === "displaced" ? "displaced" : "refused";
    this.#toldCode = code;
    this.#options.report({ event, code, message, ...labelOf(hold) });
    const isLast = this.#holds.every(({ state }) => state === "ended");
    if (isLast || !this.#isComplete) this.#move?.(new AgentEnd(code, message));
  }

  async #onExpiring(inMs: number, live: LiveSession): Promise<void> {
    const until = this.#clock.now() + inMs;
    const isRenewed = await this.#renew(live);
    if (live.session.end !== undefined) return;
    this.#lookForToken(live, until);
    if (isRenewed) return;
    const minutes = Math.max(1, Math.round(inMs / 60_000));
    this.#warn("token_expiring", `the token expires in ${minutes} min: run \`tun login\` again`);
  }

  /** Presents the token that there is, if it is another one than before. */
  async #renew(live: LiveSession): Promise<boolean> {
    const token = await this.#readToken();
    const isFresh = token !== undefined && token !== this.#token;
    if (!isFresh || live.session.end !== undefined) return false;
    this.#token = token;
    live.session.sendControl({ type: "auth", token });
    return true;
  }

  /** Who is told to log in again does so in the time that is left. */
  #lookForToken(live: LiveSession, until: number): void {
    const left = until - this.#clock.now();
    if (left <= 0) return;
    const timer = this.#clock.schedule(Math.min(left, TOKEN_LOOK_MS), () => {
      this.#renew(live).then(() => this.#lookForToken(live, until));
    });
    live.ended.then(() => timer.cancel());
  }

  /** A file that cannot be read now is no reason to stop: the token that we have may do. */
  async #readToken(): Promise<string | undefined> {
    try {
      return await this.#options.token?.();
    } catch (error) {
      this.#warn("credentials", error instanceof Error ? error.message : String(error));
      return this.#token;
    }
  }

  #onMoved(live: LiveSession, event: "paused" | "resumed"): void {
    if (live !== this.#live || this.#isStopping()) return;
    this.#state = event === "paused" ? "paused" : "online";
    this.#options.report({ event });
  }

  /** Lets a session end in peace, within `ms`. */
  #retire(live: LiveSession, ms: number): Promise<void> {
    const done = this.#drain(live, ms).then(() => {
      live.session.close("normal");
      this.#retired.delete(live);
    });
    this.#retired.set(live, done);
    return done;
  }

  /** Waits until nothing is under way in a session, it is over, or `ms` have passed. */
  async #drain(live: LiveSession, ms: number): Promise<void> {
    const { session } = live;
    const { streams, sentBytes, acknowledgedBytes } = session.stats;
    const isIdle = streams === 0 && acknowledgedBytes === sentBytes;
    if (session.state !== "connected" || isIdle) return;
    session.goAway();
    const { signal } = this.#lifetime;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const onAbort = () => resolve();
    const timer = this.#clock.schedule(ms, onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) resolve();
    await Promise.race([session.drained(), live.ended, late]);
    signal.removeEventListener("abort", onAbort);
    timer.cancel();
  }

  #reportReady(hold: TunnelHold, live: LiveSession, reconnected: boolean): void {
    const { kind, target } = hold.tunnel;
    const { url, name } = hold.claimed!;
    this.#options.report({
      event: "ready",
      kind,
      url,
      name,
      session: live.session.id,
      ...(reconnected ? { reconnected } : {}),
      ...labelOf(hold),
      ...(target === undefined ? {} : { target }),
    });
  }

  /** What was said of the last tunnel need not be said again. */
  #reportEnd({ code, message }: AgentEnd): void {
    const { report } = this.#options;
    if (code === "stopped") report({ event: "stopped" });
    else if (code !== this.#toldCode) report({ event: "error", code, message });
  }

  #reportWait(delayMs: number, reason: string | undefined): void {
    const inSeconds = delayMs / 1000;
    this.#options.report({
      event: "reconnecting",
      inSeconds,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  #warn(code: string, message: string, hold?: TunnelHold): void {
    this.#options.report({ event: "warning", code, message, ...labelOf(hold) });
  }
}

/** Rejects with the signal's reason, once it is aborted. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function labelOf(hold: TunnelHold | undefined): { readonly tunnel?: string } {
  const label = hold?.tunnel.label;
  return label === undefined ? {} : { tunnel: label };
}
