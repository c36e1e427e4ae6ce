/**
 * Tries until there is a session: how long it waits before each attempt, and what stays the same
 * from one to the next.
 *
 * @module
 */

import { newNonce, sleep } from "@tun/protocol";
import { reconnectDelayMs } from "../backoff.ts";
import type { AgentReports } from "./agent_reports.ts";
import { afterFailure, type Retry } from "./failure.ts";
import { LiveSession, type LiveSessionOptions } from "./live_session.ts";
import type { TokenRenewal } from "./token_renewal.ts";

/** A session that lasted longer shows that the server is well: the next attempt is made at once. */
const SETTLED_MS = 5_000;

/** What sessions are started with. */
export interface SessionStarterOptions {
  /** What is the same for all of them. */
  readonly session: Omit<LiveSessionOptions, "token" | "nonce">;
  readonly tokens: TokenRenewal;
  readonly reports: AgentReports;
  /** While old sessions drain before the end, there will be no new one. */
  readonly isStopping: () => boolean;
}

/** Starts one session after the other. */
export class SessionStarter {
  readonly #options: SessionStarterOptions;
  #attempt = 0;
  /** The same until an attempt succeeds: the server may have seen one whose answer was lost. */
  #nonce: string | undefined;
  #wasOnline = false;
  #lostReason: string | undefined;

  /** Nothing is tried before {@linkcode start}. */
  constructor(options: SessionStarterOptions) {
    this.#options = options;
  }

  /**
   * A session.
   *
   * @throws {AgentEnd} If trying again is pointless.
   * @throws The signal's reason, once it is aborted.
   */
  async start(signal: AbortSignal): Promise<LiveSession> {
    const { session: { clock, random }, reports, isStopping } = this.#options;
    let retry: Retry | undefined;
    for (;;) {
      if (isStopping()) await rejection(signal);
      const jitter = reconnectDelayMs(this.#attempt++, random);
      const delay = Math.max(jitter, retry?.notBeforeMs ?? 0);
      if (retry !== undefined || this.#wasOnline) {
        reports.wait(delay, retry?.reason ?? this.#lostReason);
      }
      await sleep(clock, delay, signal);
      if (isStopping()) await rejection(signal);
      try {
        const live = await this.#dial(signal);
        if (!isStopping()) {
          this.#wasOnline = true;
          return live;
        }
        live.session.close("normal");
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        retry = afterFailure(error, this.#wasOnline);
      }
    }
  }

  /** A session is over, or on its way out. */
  onEnd(live: LiveSession): void {
    const { clock } = this.#options.session;
    if (clock.now() - live.startedAt >= SETTLED_MS) this.#attempt = 0;
  }

  /** Why there has to be another, for people. */
  onLost(reason: string): void {
    this.#lostReason = reason;
  }

  async #dial(signal: AbortSignal): Promise<LiveSession> {
    const { session, tokens } = this.#options;
    const nonce = this.#nonce ??= newNonce();
    const live = await LiveSession.start(
      { ...session, token: await tokens.present(), nonce },
      signal,
    );
    this.#nonce = undefined;
    return live;
  }
}

/** Rejects with the signal's reason, once it is aborted. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
