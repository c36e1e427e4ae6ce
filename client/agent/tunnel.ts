/**
 * A tunnel as the agent sees it: what to ask the server for, and who takes what comes through.
 *
 * @module
 */

import { type Claim, type Claimed, newNonce, type TunnelStream } from "@tun/protocol";
import type { TunnelKind } from "../address/target.ts";

/** A tunnel to keep open. */
export interface AgentTunnel {
  readonly kind: TunnelKind;
  /** The public name wanted. */
  readonly name?: string;
  /** The public port wanted. */
  readonly port?: number;
  /** What makes an unnamed tunnel the same one every time. */
  readonly key: string;
  /** What the server is to do for it. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The tunnel's name in the config file. */
  readonly label?: string;
  /** What it leads to, for people. */
  readonly target?: string;
  /** Takes a visitor's stream. Must not throw. */
  handle(stream: TunnelStream): void;
}

/** Whether the server has given it to us. */
export type HoldState =
  /** We have asked, or shall. */
  | "wanted"
  /** It is ours. */
  | "held"
  /** It was refused or taken, and we do not ask again. */
  | "ended";

/** What we hold, or held, of one tunnel; outlives sessions. */
export class TunnelHold {
  /** The number of the tunnel in this session and every other. */
  readonly number: number;
  /** What it is for. */
  readonly tunnel: AgentTunnel;
  /** The server's last word. */
  claimed: Claimed | undefined;
  #state: HoldState = "wanted";
  #nonce: string | undefined;

  /** Nothing is held yet. */
  constructor(number: number, tunnel: AgentTunnel) {
    this.number = number;
    this.tunnel = tunnel;
  }

  /** Whether it is ours. */
  get state(): HoldState {
    return this.#state;
  }

  /**
   * What to ask for. A person asks once; from then on it is automatic, and says which generation
   * it knows of, so that whoever has taken the name since keeps it. The nonce stays until there is
   * an answer: the same question twice must not look like two people.
   */
  claim(): Claim {
    const { tunnel, claimed } = this;
    this.#nonce ??= newNonce();
    const port = claimed !== undefined && tunnel.kind === "tcp"
      ? Number(claimed.name)
      : tunnel.port;
    return {
      type: "claim",
      tunnel: this.number,
      kind: tunnel.kind,
      ...(claimed === undefined
        ? { mode: "claim" }
        : { mode: "reclaim", generation: claimed.generation }),
      nonce: this.#nonce,
      ...(tunnel.name === undefined ? {} : { name: tunnel.name }),
      ...(port === undefined || !Number.isInteger(port) ? {} : { port }),
      key: tunnel.key,
      options: tunnel.options,
    };
  }

  /** The server has said yes. */
  take(claimed: Claimed): void {
    this.claimed = claimed;
    this.#nonce = undefined;
    this.#state = "held";
  }

  /** The session is over; the next one has to ask again. */
  lose(): void {
    if (this.#state === "held") this.#state = "wanted";
  }

  /** The server has said no, for now. */
  wait(): void {
    this.#nonce = undefined;
  }

  /** It is over. */
  end(): void {
    this.#state = "ended";
  }
}
