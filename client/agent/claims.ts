/**
 * What an agent asks the server for, and what it has got.
 *
 * @module
 */

import type { Claimed, ClaimRefused, Clock, Revoked, TunnelStream } from "@tun/protocol";
import { AgentEnd } from "./agent_end.ts";
import type { AgentReports } from "./agent_reports.ts";
import type { LiveSession } from "./live_session.ts";
import { type AgentTunnel, TunnelHold } from "./tunnel.ts";

/** The pause before a claim is made again for which the server named none. */
const CLAIM_RETRY_MS = 5_000;

/** Whatever the server says: a timer that is set for longer than 25 days fires at once. */
const CLAIM_RETRY_CAP_MS = 10 * 60_000;

/** The longest that the streams of what was taken from us may go on. */
const REVOKED_DRAIN_CAP_MS = 60_000;

/** What claims are made with. */
export interface ClaimsOptions {
  readonly tunnels: readonly AgentTunnel[];
  readonly clock: Clock;
  readonly reports: AgentReports;
  /** There is no point in going on. */
  readonly onEnd: (end: AgentEnd) => void;
}

/** The tunnels of an agent, through all of its sessions. */
export class Claims {
  readonly #options: ClaimsOptions;
  readonly #holds: readonly TunnelHold[];
  /** The session in which they were made. */
  #live: LiveSession | undefined;
  /** Every tunnel was there once: from now on one that is lost is no reason to stop the others. */
  #isComplete = false;
  #revokedDrainMs = 0;

  /** Nothing is claimed yet. */
  constructor(options: ClaimsOptions) {
    this.#options = options;
    this.#holds = options.tunnels.map((tunnel, number) => new TunnelHold(number, tunnel));
  }

  /** How long the streams of what was taken from us may go on. */
  get revokedDrainMs(): number {
    return this.#revokedDrainMs;
  }

  /** Asks for everything that is not over. */
  claim(live: LiveSession): void {
    this.#live = live;
    for (const hold of this.#holds) {
      // It can be over already, if its end came with its beginning.
      if (live.session.end !== undefined) break;
      if (hold.state !== "ended") live.session.sendControl(hold.claim());
    }
  }

  /** The session is over, or on its way out. */
  lose(): void {
    this.#live = undefined;
    for (const hold of this.#holds) hold.lose();
  }

  /** A visitor has come. */
  onStream(stream: TunnelStream): void {
    const hold = this.#holds[stream.head.tunnel];
    // Streams of a tunnel that ended may have been under way; those of another kind cannot.
    if (hold === undefined || hold.tunnel.kind !== stream.head.kind) stream.reset("tunnel_gone");
    else hold.tunnel.handle(stream);
  }

  /** The server has said yes. The person hears of it the first time when all tunnels are there. */
  onClaimed(claimed: Claimed, live: LiveSession): void {
    const hold = this.#wanted(claimed.tunnel);
    if (hold === undefined) return;
    hold.take(claimed);
    const { reports } = this.#options;
    if (this.#isComplete) return reports.ready(hold, live, true);
    if (this.#holds.some(({ state }) => state !== "held")) return;
    this.#isComplete = true;
    for (const each of this.#holds) reports.ready(each, live, false);
  }

  /** The server has said no. */
  onRefused(refused: ClaimRefused, live: LiveSession): void {
    const hold = this.#wanted(refused.tunnel);
    if (hold === undefined) return;
    const { code, message, final, retryAfterMs } = refused;
    if (final) return this.#end(hold, code, message);
    hold.wait();
    const { clock, reports } = this.#options;
    reports.warn(code, message, hold);
    const ms = Math.min(retryAfterMs || CLAIM_RETRY_MS, CLAIM_RETRY_CAP_MS);
    const timer = clock.schedule(ms, () => {
      if (live === this.#live && hold.state === "wanted") live.session.sendControl(hold.claim());
    });
    live.ended.then(() => timer.cancel());
  }

  /** The server has taken a tunnel back. */
  onRevoked({ tunnel, reason, message, drainMs }: Revoked): void {
    const hold = this.#wanted(tunnel);
    if (hold === undefined) return;
    this.#revokedDrainMs = Math.min(drainMs, REVOKED_DRAIN_CAP_MS);
    this.#end(hold, reason, message);
  }

  #wanted(tunnel: number): TunnelHold | undefined {
    const hold = this.#holds[tunnel];
    return hold?.state === "ended" ? undefined : hold;
  }

  #end(hold: TunnelHold, code: string, message: string): void {
    hold.end();
    this.#options.reports.tunnelEnd(hold, code, message);
    const isLast = this.#holds.every(({ state }) => state === "ended");
    if (isLast || !this.#isComplete) this.#options.onEnd(new AgentEnd(code, message));
  }
}
