/**
 * The credential: read whenever one is needed, and presented again when it has been replaced.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import type { AgentReports } from "./agent_reports.ts";
import type { LiveSession } from "./live_session.ts";

/** While a token runs out: a person who has just logged in is not to wait. */
const TOKEN_LOOK_MS = 1_000;

/** What it is made with. */
export interface TokenRenewalOptions {
  /** The credential, asked for whenever one is needed: it may have been replaced. */
  readonly token: (() => Promise<string | undefined>) | undefined;
  readonly clock: Clock;
  readonly reports: AgentReports;
}

/** Knows which token the server has seen last. */
export class TokenRenewal {
  readonly #options: TokenRenewalOptions;
  #presented: string | undefined;

  /** Nothing has been presented yet. */
  constructor(options: TokenRenewalOptions) {
    this.#options = options;
  }

  /** The token for a new session. */
  async present(): Promise<string | undefined> {
    this.#presented = await this.#read();
    return this.#presented;
  }

  /** True if there is no other token than the one that the server has seen. */
  async isSpent(): Promise<boolean> {
    return await this.#read() === this.#presented;
  }

  /** The server says that the token will be worth nothing in `inMs`. */
  async onExpiring(inMs: number, live: LiveSession): Promise<void> {
    const { clock, reports } = this.#options;
    const until = clock.now() + inMs;
    const isRenewed = await this.#renew(live);
    if (live.session.end !== undefined) return;
    this.#lookForToken(live, until);
    if (isRenewed) return;
    const minutes = Math.max(1, Math.round(inMs / 60_000));
    reports.warn("token_expiring", `the token expires in ${minutes} min: run \`tun login\` again`);
  }

  /** Presents the token that there is, if it is another one than before. */
  async #renew(live: LiveSession): Promise<boolean> {
    const token = await this.#read();
    const isFresh = token !== undefined && token !== this.#presented;
    if (!isFresh || live.session.end !== undefined) return false;
    this.#presented = token;
    live.session.sendControl({ type: "auth", token });
    return true;
  }

  /** Who is told to log in again does so in the time that is left. */
  #lookForToken(live: LiveSession, until: number): void {
    const { clock } = this.#options;
    const left = until - clock.now();
    if (left <= 0) return;
    const timer = clock.schedule(Math.min(left, TOKEN_LOOK_MS), () => {
      this.#renew(live).then(() => this.#lookForToken(live, until));
    });
    live.ended.then(() => timer.cancel());
  }

  /** A file that cannot be read now is no reason to stop: the token that we have may do. */
  async #read(): Promise<string | undefined> {
    try {
      return await this.#options.token?.();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.reports.warn("credentials", message);
      return this.#presented;
    }
  }
}
