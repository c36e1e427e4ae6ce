/**
 * Many clients of tun in one process, by the library: each has a session and a tunnel.
 *
 * @module
 */

import { connect, type Tunnel } from "../../../client/mod.ts";
import { answerLines } from "../process/answer_lines.ts";
import { settle } from "./settle.ts";

/** How many, and to where. */
export interface ClientsJob {
  readonly endpoint: string;
  /** The port of the app. */
  readonly target: number;
  readonly count: number;
}

/** Handshakes at once. */
const BATCH = 50;

const tunnels: Tunnel[] = [];

async function connectAll(
  { endpoint, target, count }: ClientsJob,
): Promise<readonly string[]> {
  while (tunnels.length < count) {
    const size = Math.min(BATCH, count - tunnels.length);
    const batch = Array.from({ length: size }, (_, i) =>
      connect({
        endpoint,
        target,
        name: `crowd-${tunnels.length + i}`,
        configDirectory: null,
      }));
    tunnels.push(...await Promise.all(batch));
  }
  return tunnels.map(({ url }) => new URL(url).host);
}

if (import.meta.main) await answerLines({ connect: connectAll, settle });
