/**
 * What strangers may take, by the configuration in force: visitors' connections and requests, and
 * handshakes of those who want to become clients.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import type { ServerConfig } from "../config.ts";
import { LOOPBACK } from "../loopback.ts";
import type { LiveConfig } from "../reload/live_config.ts";
import { AddressBuckets } from "./address_buckets.ts";
import { CapReports } from "./cap_reports.ts";
import { type CapReason, ConnectionCaps } from "./connection_caps.ts";
import { Handshakes } from "./handshakes.ts";
import { trustedProxies } from "./trusted_proxies.ts";

/** Which limit turned somebody away. */
export type StrangerLimit = CapReason | "handshakes";

/** Holds the limits, and who is known to stand for many. */
export class StrangerLimits {
  /** Connections of visitors. */
  readonly caps: ConnectionCaps;
  /** Handshakes that go on. */
  readonly handshakes: Handshakes;
  readonly #reports: CapReports<StrangerLimit>;
  #isTrusted: (ip: string) => boolean;
  #visitorRate: AddressBuckets | undefined;

  /** `onRefused` is told of floods in summary. */
  constructor(
    live: LiveConfig,
    clock: Clock,
    onRefused: (limit: StrangerLimit, count: number) => void,
  ) {
    this.#reports = new CapReports(clock, onRefused);
    this.#isTrusted = trustedProxies(live.current.trustedProxies);
    this.#visitorRate = rateOf(live.current, clock);
    live.onChange((next) => {
      this.#isTrusted = trustedProxies(next.trustedProxies);
      this.#visitorRate = rateOf(next, clock);
    });
    this.caps = new ConnectionCaps({
      get most() {
        return live.current.maxConnections;
      },
      get mostPerAddress() {
        return live.current.maxConnectionsPerIp;
      },
      isShared: this.isShared,
    });
    this.handshakes = new Handshakes(this.isShared, () => this.#reports.add("handshakes"));
  }

  /** Requests that one visitor's address may make; `undefined` for no limit. */
  get visitorRate(): AddressBuckets | undefined {
    return this.#visitorRate;
  }

  /** Whether this is the address of a proxy that is believed. */
  readonly isTrusted = (ip: string): boolean => this.#isTrusted(ip);

  /** Whether many may be behind this address: a proxy of ours, or this machine. */
  readonly isShared = (ip: string): boolean =>
    this.#isTrusted(ip) || LOOPBACK.some((network) => network.contains(ip));

  /** Notes that a visitor's connection was turned away. */
  readonly onCapped = (reason: CapReason): void => this.#reports.add(reason);
}

/** What is remembered of visitors starts anew when the rate changes. */
function rateOf({ visitorRps }: ServerConfig, clock: Clock): AddressBuckets | undefined {
  return visitorRps === undefined
    ? undefined
    : new AddressBuckets(clock, { perSecond: visitorRps });
}
