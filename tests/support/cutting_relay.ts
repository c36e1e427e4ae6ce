/**
 * A network that fails on purpose: a TCP relay between a client and a server which breaks
 * connections, falls silent, or lets nobody through.
 *
 * @module
 */

import type { SeededRandom } from "./seeded_random.ts";

/** After how many relayed bytes the connections break, again and again. */
export interface CutPlan {
  /** Where the positions come from. */
  readonly random: SeededRandom;
  /** How often. */
  readonly cuts: number;
  /** Bytes from one cut to the next, on average. */
  readonly meanBytes: number;
}

/** One cut in so many comes within the first bytes of a connection: in the middle of a handshake. */
const EARLY_CUT = 0.1;
const EARLY_BYTES = 600;

const BUFFER_BYTES = 64 * 1024;

/** Relays connections to a port on this machine. */
export class CuttingRelay implements AsyncDisposable {
  readonly #listener: Deno.TcpListener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #connections = new Set<Deno.Conn>();
  readonly #tasks = new Set<Promise<void>>();
  #plan: CutPlan | undefined;
  #untilCut = Infinity;
  #cuts = 0;
  #accepted = 0;
  #isDown = false;
  #silence: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  /** Starts to relay. */
  constructor(targetPort: number) {
    this.#target = targetPort;
    this.#run(this.#accept());
  }

  /** Where clients go to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** How often it has cut so far, by plan or by hand. */
  get cuts(): number {
    return this.#cuts;
  }

  /** Connections that came. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Connections that are open, both sides of each counted. */
  get open(): number {
    return this.#connections.size;
  }

  /** From now on it cuts by itself. */
  follow(plan: CutPlan): void {
    this.#plan = plan;
    this.#scheduleCut();
  }

  /** Breaks every connection. */
  cut(): void {
    this.#cuts++;
    for (const conn of this.#connections) close(conn);
    this.#connections.clear();
  }

  /** Breaks every connection and lets nobody through until {@linkcode up}. */
  down(): void {
    this.#isDown = true;
    this.cut();
  }

  /** Lets connections through again. */
  up(): void {
    this.#isDown = false;
  }

  /** Nothing passes any more, and nobody is told: a cable that was pulled. */
  freeze(): void {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    this.#silence ??= { over, end };
  }

  /** What was held back passes on. */
  thaw(): void {
    this.#silence?.end();
    this.#silence = undefined;
  }

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) {
      this.#accepted++;
      if (this.#isDown) close(conn);
      else this.#run(this.#relay(conn));
    }
  }

  async #relay(near: Deno.Conn): Promise<void> {
    this.#connections.add(near);
    let far: Deno.Conn;
    try {
      far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    } catch {
      this.#connections.delete(near);
      return close(near);
    }
    // It may have been cut in the meantime.
    if (!this.#connections.has(near)) return close(far);
    this.#connections.add(far);
    await Promise.all([this.#pass(near, far), this.#pass(far, near)]);
    for (const conn of [near, far]) {
      this.#connections.delete(conn);
      close(conn);
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    try {
      for (;;) {
        const size = await from.read(buffer);
        await this.#silence?.over;
        if (size === null) break;
        const passing = Math.min(size, this.#untilCut);
        this.#untilCut -= passing;
        const isCut = this.#untilCut === 0;
        for (let at = 0; at < passing;) at += await to.write(buffer.subarray(at, passing));
        if (isCut) {
          this.cut();
          this.#scheduleCut();
        }
      }
      await (to as Deno.TcpConn).closeWrite();
    } catch {
      // Cut, or one side has hung up: the other learns it.
      close(from);
      close(to);
    }
  }

  #scheduleCut(): void {
    const plan = this.#plan;
    if (plan === undefined || this.#cuts >= plan.cuts) {
      this.#untilCut = Infinity;
    } else if (plan.random.chance(EARLY_CUT)) {
      this.#untilCut = plan.random.between(1, EARLY_BYTES);
    } else {
      this.#untilCut = plan.random.between(1, 2 * plan.meanBytes);
    }
  }

  #run(task: Promise<void>): void {
    this.#tasks.add(task);
    task.finally(() => this.#tasks.delete(task));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.thaw();
    for (const conn of this.#connections) close(conn);
    await Promise.all(this.#tasks);
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Closed already.
  }
}
