/**
 * Connections to the one place that the person has named; nothing that comes through the tunnel
 * can lead anywhere else.
 *
 * @module
 */

import { type Clock, TcpTransport } from "@tun/protocol";
import { type Target, targetLabel } from "../address/target.ts";
import { withDeadline } from "../deadline.ts";
import { AppProblem, unreachable } from "./app_problem.ts";
import { connectInsecurely } from "./insecure_tls.ts";

/** What to connect to, and how. */
export interface TargetDialerOptions {
  readonly target: Target;
  readonly connectTimeoutMs: number;
  /** Do not check the certificate of an `https://` target. */
  readonly insecure: boolean;
  readonly clock: Clock;
}

/** Dials one target. */
export class TargetDialer {
  /** The target, for people. */
  readonly label: string;
  readonly #options: TargetDialerOptions;
  /** Which of the target's addresses has worked. */
  #winner = 0;

  /** Makes a dialer. */
  constructor(options: TargetDialerOptions) {
    this.#options = options;
    this.label = targetLabel(options.target);
  }

  /**
   * Connects.
   *
   * @throws {AppProblem} `app_unreachable`, `app_timeout`.
   * @throws The signal's reason, once it is aborted.
   */
  async dial(signal: AbortSignal): Promise<TcpTransport> {
    const { clock, connectTimeoutMs: ms } = this.#options;
    const error = () =>
      new AppProblem("app_timeout", `${this.label} accepts no connection within ${ms / 1000} s`);
    try {
      return new TcpTransport(
        await withDeadline({ clock, ms, error, signal }, (signal) => this.#connect(signal)),
      );
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof AppProblem ? error : unreachable(this.label, error);
    }
  }

  async #connect(signal: AbortSignal): Promise<Deno.Conn> {
    const { target } = this.#options;
    if (target.kind === "socket") return await connectUnix(target.path, signal);
    const { addresses } = target;
    let failure: unknown;
    for (let i = 0; i < addresses.length; i++) {
      const index = (this.#winner + i) % addresses.length;
      try {
        const conn = await this.#connectTo(addresses[index]!, target, signal);
        this.#winner = index;
        return conn;
      } catch (error) {
        signal.throwIfAborted();
        // What the first address says is what the person expects to read.
        failure ??= error;
      }
    }
    throw failure;
  }

  async #connectTo(
    hostname: string,
    { protocol, host, port }: Extract<Target, { kind: "address" }>,
    signal: AbortSignal,
  ): Promise<Deno.Conn> {
    if (protocol !== "https") return await Deno.connect({ hostname, port, signal });
    if (this.#options.insecure) return await connectInsecurely(hostname, port, signal);
    const tcp = await Deno.connect({ hostname, port, signal });
    // The certificate is for the name that was typed, whichever address answers.
    const tls = await Deno.startTls(tcp, { hostname: host, alpnProtocols: ["http/1.1"] });
    const onAbort = () => tls.close();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await tls.handshake();
      return tls;
    } catch (error) {
      if (!signal.aborted) tls.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

/** There is no waiting for a unix socket, except for room in its queue, which cannot be aborted. */
async function connectUnix(path: string, signal: AbortSignal): Promise<Deno.Conn> {
  const connecting = Deno.connect({ transport: "unix", path });
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    connecting.then((conn) => conn.close(), () => {});
    reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([connecting, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
