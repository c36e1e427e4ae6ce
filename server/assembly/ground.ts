/**
 * What every part of a server stands on.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import type { StrangerLimits } from "../admission/stranger_limits.ts";
import type { LocalRoute } from "../control/local_route.ts";
import type { PublicUrls } from "../control/public_urls.ts";
import type { Log } from "../log/log.ts";
import type { ServerMetrics } from "../metrics/server_metrics.ts";
import type { Registries } from "../registry/registries.ts";
import type { LiveConfig } from "../reload/live_config.ts";

/** It is there before any of them. */
export interface Ground {
  /** The configuration in force. */
  readonly live: LiveConfig;
  /** Monotonic time. */
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
  /** What happens is told here. */
  readonly log: Log;
  /** And counted here. */
  readonly metrics: ServerMetrics;
  /** Told of a fault of our own. */
  readonly onFault: (error: unknown) => void;
  /** What strangers may take. */
  readonly strangers: StrangerLimits;
  /** Where tunnels are found. */
  readonly urls: PublicUrls;
  /** Who has what. */
  readonly registries: Registries<LocalRoute>;
}
