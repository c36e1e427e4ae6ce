/**
 * Answers the fresh tokens that a client sends in its session.
 *
 * @module
 */

import { type Clock, type Control, HandshakeRefused, type Session } from "@tun/protocol";
import { TokenBucket } from "../admission/token_bucket.ts";
import type { Bearer } from "./bearer.ts";
import type { SessionLog } from "./session_log.ts";

/**
 * Fresh tokens that a session has checked: a signature costs a hundred times what the frame that
 * brings it costs, and an honest client renews every few minutes.
 */
const TOKENS_AT_ONCE = 16;
const TOKENS_PER_SECOND = 1;

const TOO_MANY_TOKENS: Control = {
  type: "auth_result",
  ok: false,
  code: "auth_unavailable",
  message: "Too many tokens at once. Try again in a moment",
};

/** Has the tokens of one session checked, so many in a time. */
export class FreshTokens {
  readonly #session: Session;
  readonly #bearer: Bearer;
  readonly #log: SessionLog;
  readonly #toCheck: TokenBucket;

  /** Answers for `session`, whose right `bearer` watches. */
  constructor(session: Session, bearer: Bearer, log: SessionLog, clock: Clock) {
    this.#session = session;
    this.#bearer = bearer;
    this.#log = log;
    this.#toCheck = new TokenBucket(clock, TOKENS_PER_SECOND, TOKENS_AT_ONCE);
  }

  /** Takes one on if it does, and tells the client. */
  async answer(token: string): Promise<void> {
    if (this.#toCheck.take() > 0) return this.#session.sendControl(TOO_MANY_TOKENS);
    const result = await this.#result(token);
    if (this.#session.end === undefined) this.#session.sendControl(result);
  }

  async #result(token: string): Promise<Control> {
    try {
      await this.#bearer.renew(token);
      return { type: "auth_result", ok: true };
    } catch (error) {
      if (!(error instanceof HandshakeRefused)) throw error;
      const { code, reason, message } = error;
      this.#log.event("auth_refused", { code, reason: reason ?? "" });
      const said = reason === undefined ? { code, message } : { code, reason, message };
      return { type: "auth_result", ok: false, ...said };
    }
  }
}
