/**
 * A server that runs, and the order in which its parts stop. `create_server.ts` makes it.
 *
 * @module
 */

import { type SessionHost, systemClock } from "@tun/protocol";
import type { OwnerLimits } from "./admission/owner_limits.ts";
import type { Revocations } from "./auth/revocations.ts";
import type { TokenCheck } from "./auth/token_check.ts";
import type { ServerConfig } from "./config.ts";
import type { Clients } from "./control/clients.ts";
import type { HttpIngress } from "./ingress/http_ingress.ts";
import type { TcpIngress } from "./ingress/tcp_ingress.ts";
import type { Log } from "./log/log.ts";
import type { ServerMetrics } from "./metrics/server_metrics.ts";
import type { PublicPort } from "./reload/public_port.ts";
import { type Reconfigurable, reconfigure } from "./reload/reconfigure.ts";
import type { ConfigChange } from "./reload/settings.ts";

/** How often a stopping server looks whether everything is done. */
const DRAIN_LOOK_MS = 20;

/** A server that runs. */
export class Server implements AsyncDisposable {
  /** Where visitors come to. */
  readonly httpAddress: Deno.NetAddr;
  /** Where clients can come to as well. */
  readonly tunnelAddress: Deno.NetAddr;
  /** Where operators look. */
  readonly adminAddress: Deno.NetAddr;
  /** The control side's own origin. */
  readonly origin: string;
  /** The first token's file, if this start has made one. */
  readonly firstTokenFile: string | undefined;
  readonly #parts: ServerParts;
  /** One configuration after the other. */
  #configured: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  /** Made by `createServer()` alone. */
  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.httpAddress = parts.visitorPort.address;
    this.tunnelAddress = parts.clientPort.address;
    this.adminAddress = parts.admin.addr as Deno.NetAddr;
    this.origin = parts.origin;
    this.firstTokenFile = parts.firstTokenFile;
  }

  /** Who is denied, whatever their tokens say. */
  get revocations(): Revocations {
    return this.#parts.auth.revocations;
  }

  /** Clients that are in, with a connection or about to come back. */
  get sessions(): number {
    return this.#parts.host.sessions.length;
  }

  /** Tunnels that are up. */
  get tunnels(): number {
    let count = 0;
    for (const control of this.#parts.clients.controls) count += Array.from(control.tunnels).length;
    return count;
  }

  /**
   * Takes on what of another configuration can change while the server runs, and gives everything
   * that differs from what was in force. Nothing that is open is closed. If this rejects, nothing
   * has changed.
   *
   * @throws {CertificateError} If the certificate cannot be used.
   */
  configure(next: ServerConfig): Promise<readonly ConfigChange[]> {
    const changes = this.#configured.then(() => reconfigure(this.#parts.reconfigurable, next));
    this.#configured = changes.catch(() => {});
    return changes;
  }

  /**
   * Stops in good order. A second call, or `now`, cuts the draining short.
   *
   * 1. *Unready*: whoever balances load sends no more.
   * 2. *Stop accepting* visitors and clients; requests that are on their way over idle
   *    connections, or wait for their turn, still go to their clients.
   * 3. *GOAWAY*, once none is left: clients look for another session, which can be this
   *    server's successor. Not earlier, as a client opens nothing after it.
   * 4. *Drain*: what is under way is finished. It all ends with one deadline.
   * 5. *Close* sessions, and then persist: leases are stored as offline from now on.
   * 6. *Admin* goes last, so that the stop can be watched.
   */
  stop({ now = false }: { readonly now?: boolean } = {}): Promise<void> {
    if (now) this.#parts.isDrainCut = true;
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Stops at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ now: true });
  }

  async #stop(): Promise<void> {
    const parts = this.#parts;
    const { log, host, ingress, tcpIngress } = parts;
    log.event("stopping");
    parts.isReady = false;
    parts.visitorPort[Symbol.dispose]();
    parts.clientPort[Symbol.dispose]();
    host.drain();
    ingress.stop();
    tcpIngress.stop();
    const deadline = systemClock.now() + parts.reconfigurable.live.current.drainTimeoutMs;
    await this.#until(() => ingress.waiting === 0, deadline);
    for (const session of host.sessions) session.goAway();
    await this.#until(() => ingress.connections + tcpIngress.connections === 0, deadline);
    const { sessions } = host;
    for (const session of sessions) session.close("going_away", "The server is stopping");
    await Promise.all(sessions.map((session) => session.gone));
    ingress[Symbol.dispose]();
    parts.owners[Symbol.dispose]();
    await parts.registries[Symbol.asyncDispose]();
    await parts.store[Symbol.asyncDispose]();
    await parts.admin.shutdown();
    parts.auth[Symbol.dispose]();
    parts.metrics[Symbol.dispose]();
    parts.state[Symbol.dispose]();
    log.event("stopped");
  }

  /** Waits until it is so, the deadline has come, or somebody is in a hurry. */
  async #until(isDone: () => boolean, deadline: number): Promise<void> {
    while (!isDone() && !this.#parts.isDrainCut && systemClock.now() < deadline) {
      await new Promise<void>((resolve) => systemClock.schedule(DRAIN_LOOK_MS, resolve));
    }
  }
}

/** What a server is made of. */
export interface ServerParts {
  readonly visitorPort: PublicPort;
  readonly clientPort: PublicPort;
  readonly admin: Deno.HttpServer;
  readonly origin: string;
  readonly firstTokenFile: string | undefined;
  readonly clients: Clients;
  readonly owners: OwnerLimits;
  readonly host: SessionHost<unknown>;
  readonly ingress: HttpIngress;
  readonly tcpIngress: TcpIngress;
  readonly registries: AsyncDisposable;
  readonly store: AsyncDisposable;
  readonly auth: TokenCheck;
  /** What takes on another configuration. */
  readonly reconfigurable: Reconfigurable;
  /** The lock of the state directory. */
  readonly state: Disposable;
  readonly metrics: ServerMetrics;
  readonly log: Log;
  isReady: boolean;
  isDrainCut: boolean;
}
