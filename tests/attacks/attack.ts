/**
 * What an attack looks like to the suite.
 *
 * @module
 */

/** Whom an attacker can reach. */
export interface AttackTarget {
  /** The visitors' port. */
  readonly http: number;
  /** The port for tunnels. */
  readonly tunnel: number;
  /** The `Host` of the victim's tunnel. */
  readonly host: string;
  /** A good token of somebody other than the victim. */
  readonly token: string;
}

/** What an attacker counts; the suite looks at some of it. */
export type Tally = Record<string, number>;

/** A way to be a nuisance. */
export interface Attack {
  readonly name: string;
  /** Milliseconds it is kept up, at least; slow attacks must outlive the server's patience. */
  readonly ms: number;
  /** Attacks until `signal` says that it is enough. */
  run(target: AttackTarget, tally: Tally, signal: AbortSignal): Promise<void>;
}

/** Adds one to a count. */
export function count(tally: Tally, name: string): void {
  tally[name] = (tally[name] ?? 0) + 1;
}

/** Does `work` over and over, `workers` at a time, until the signal. Failures are counted by it. */
export async function keepAt(
  workers: number,
  signal: AbortSignal,
  work: (worker: number) => Promise<void>,
): Promise<void> {
  await Promise.all(Array.from({ length: workers }, async (_, worker) => {
    while (!signal.aborted) await work(worker);
  }));
}
