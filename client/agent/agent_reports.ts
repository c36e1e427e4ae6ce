/**
 * What an agent tells the person.
 *
 * @module
 */

import type { TunEvent } from "../events.ts";
import type { AgentEnd } from "./agent_end.ts";
import type { LiveSession } from "./live_session.ts";
import type { TunnelHold } from "./tunnel.ts";

/** Puts into events what happens to an agent. */
export class AgentReports {
  readonly #report: (event: TunEvent) => void;
  /** Why the last tunnel that ended did. */
  #toldCode: string | undefined;

  /** Reports to `report`, which must not throw. */
  constructor(report: (event: TunEvent) => void) {
    this.#report = report;
  }

  /** A tunnel is there. */
  ready(hold: TunnelHold, live: LiveSession, reconnected: boolean): void {
    const { kind, target } = hold.tunnel;
    const { url, name } = hold.claimed!;
    this.#report({
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

  /** A tunnel is refused or taken for good. */
  tunnelEnd(hold: TunnelHold, code: string, message: string): void {
    const event = code === "displaced" ? "displaced" : "refused";
    this.#toldCode = code;
    this.#report({ event, code, message, ...labelOf(hold) });
  }

  /** It is over; what was said of the last tunnel need not be said again. */
  end({ code, message }: AgentEnd): void {
    if (code === "stopped") this.#report({ event: "stopped" });
    else if (code !== this.#toldCode) this.#report({ event: "error", code, message });
  }

  /** The connection is lost, or back. */
  moved(event: "paused" | "resumed"): void {
    this.#report({ event });
  }

  /** The next attempt is a while off. */
  wait(delayMs: number, reason: string | undefined): void {
    const inSeconds = delayMs / 1000;
    this.#report({
      event: "reconnecting",
      inSeconds,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  /** Something is not as it should be, and things go on. */
  warn(code: string, message: string, hold?: TunnelHold): void {
    this.#report({ event: "warning", code, message, ...labelOf(hold) });
  }
}

function labelOf(hold: TunnelHold | undefined): { readonly tunnel?: string } {
  const label = hold?.tunnel.label;
  return label === undefined ? {} : { tunnel: label };
}
