/**
 * Many bytes through one session, and what memory that takes.
 *
 * @module
 */

import { collectGarbage } from "./collect_garbage.ts";
import type { Transport } from "../../protocol/transport/transport.ts";
import { answerAsAsked, request } from "./mux_flows.ts";
import { SessionPair } from "./session_pair.ts";

/** What to send, and how. */
export interface SoakOptions {
  /** Bytes of all streams together. */
  readonly bytes: number;
  /** Whether readers are always a little behind. */
  readonly isSlow?: boolean;
  /** What carries the session; memory without. */
  readonly transports?: { readonly client: Transport; readonly server: Transport };
  /** Called with each sample: bytes that have passed, and bytes of resident memory. */
  readonly onSample?: (sum: number, rss: number) => void;
}

const STREAMS = 4;
const SAMPLES = 10;

/** A slow reader lets others run after so many reads. */
const READS_A_TURN = 8;

/** Sends the bytes and gives the samples, which are evenly spaced. */
export async function soak(options: SoakOptions): Promise<Soaked> {
  const { bytes, isSlow = false, transports, onSample } = options;
  await using pair = await SessionPair.connect({
    onStream: answerAsAsked,
    ...(transports === undefined ? {} : { transports }),
  });
  const rss: number[] = [];
  const held: number[] = [];
  let sum = 0;
  const read = async () => {
    using stream = pair.server.open(request(`/${Math.ceil(bytes / STREAMS)}`), undefined, true);
    let reads = 0;
    for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
      sum += piece.length;
      if (isSlow && ++reads % READS_A_TURN === 0) await turn();
      if (sum >= bytes / SAMPLES * (rss.length + 1)) {
        rss.push(Deno.memoryUsage().rss);
        held.push(memoryInUse());
        onSample?.(sum, rss.at(-1)!);
      }
    }
  };
  await Promise.all(Array.from({ length: STREAMS }, read));
  return { rss, held, bytes: sum };
}

/** What was seen on the way. */
export interface Soaked {
  /** Resident memory of the process, with what the collector has left lying. */
  readonly rss: number[];
  /** Memory in use, without that. */
  readonly held: number[];
  /** Bytes that have passed. */
  readonly bytes: number;
}

function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
