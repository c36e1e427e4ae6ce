/**
 * The composition root: the only file that makes the parts and joins them, and the
 * order in which they start and stop.
 *
 * Start: state, registries, listeners; a port that is taken fails the start before
 * anything is served. Stop: see {@linkcode Server.stop}.
 *
 * @module
 */

import { type Clock, type Limits, SessionHost, systemClock, type Transport } from "@tun/protocol";
import { AdminToken } from "./admin/admin_token.ts";
import { adminApp } from "./admin/app.ts";
import type { GuardReason } from "./admin/guard.ts";
import { LeaseDesk } from "./admin/lease_desk.ts";
import { AddressBuckets } from "./admission/address_buckets.ts";
import { CapReports } from "./admission/cap_reports.ts";
import { type CapReason, ConnectionCaps } from "./admission/connection_caps.ts";
import { Handshakes } from "./admission/handshakes.ts";
import { OwnerLimits } from "./admission/owner_limits.ts";
import type { Revocations } from "./auth/revocations.ts";
import { OWN_ISSUER } from "./auth/mint.ts";
import { TokenCheck } from "./auth/token_check.ts";
import type { AuthConfig, ServerConfig } from "./cli/config.ts";
import { LOOPBACK } from "./cli/network.ts";
import { Front } from "./control/front.ts";
import type { LocalRoute } from "./control/local_route.ts";
import { OwnerSessions } from "./control/owner_sessions.ts";
import { PublicUrls } from "./control/public_urls.ts";
import { HttpIngress } from "./ingress/http_ingress.ts";
import { TcpIngress } from "./ingress/tcp_ingress.ts";
import { trustedProxies } from "./ingress/trusted_proxies.ts";
import { TunnelIngress } from "./ingress/tunnel_ingress.ts";
import { checkCertificate, naming } from "./listen.ts";
import type { Log } from "./log/log.ts";
import { logBadRequest, logRequest } from "./log/request_log.ts";
import { ServerMetrics } from "./metrics/server_metrics.ts";
import { publicPage } from "./public/page.ts";
import { FileLeaseStore } from "./registry/file_store.ts";
import { NameRegistry } from "./registry/name_registry.ts";
import { PortRegistry } from "./registry/port_registry.ts";
import type { RegistryDependencies, RegistryLimits } from "./registry/registry_options.ts";
import { SingleRegistry } from "./registry/single_registry.ts";
import { LiveConfig } from "./reload/live_config.ts";
import { PublicPort } from "./reload/public_port.ts";
import { reconfigure } from "./reload/reconfigure.ts";
import type { ReloadReport } from "./reload/reload.ts";
import type { ConfigChange } from "./reload/settings.ts";
import { HostTable } from "./routing/host_table.ts";
import { byHost, toTheOnlyOne } from "./routing/tunnel_lookup.ts";
import { openStateDirectory } from "./state_directory.ts";
import { EdgeTracer } from "./trace/edge_tracer.ts";
import { VERSION } from "./version.ts";

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
  readonly #parts: Parts;
  /** One configuration after the other. */
  #configured: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  /** Made by {@linkcode createServer} alone. */
  constructor(parts: Parts) {
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
    for (const control of this.#parts.front.controls) count += Array.from(control.tunnels).length;
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
    const { live, visitorPort, clientPort, configureAuth, prepareToken } = this.#parts;
    const parts = { live, ports: [visitorPort, clientPort], configureAuth, prepareToken };
    const changes = this.#configured.then(() => reconfigure(parts, next));
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
    const deadline = systemClock.now() + parts.live.current.drainTimeoutMs;
    await this.#until(() => ingress.waiting === 0, deadline);
    for (const session of host.sessions) session.goAway();
    await this.#until(() => ingress.connections + tcpIngress.connections === 0, deadline);
    const { sessions } = host;
    for (const session of sessions) session.close("going_away", "The server is stopping");
    await Promise.all(sessions.map((session) => session.gone));
    ingress[Symbol.dispose]();
    parts.owners[Symbol.dispose]();
    for (const registry of parts.registries) await registry[Symbol.asyncDispose]();
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

interface Parts {
  readonly visitorPort: PublicPort;
  readonly clientPort: PublicPort;
  readonly admin: Deno.HttpServer;
  readonly origin: string;
  readonly firstTokenFile: string | undefined;
  readonly front: Front;
  readonly owners: OwnerLimits;
  readonly host: SessionHost<unknown>;
  readonly ingress: HttpIngress;
  readonly tcpIngress: TcpIngress;
  readonly registries: readonly AsyncDisposable[];
  readonly store: AsyncDisposable;
  /** What is in force. */
  readonly live: LiveConfig;
  readonly auth: TokenCheck;
  readonly configureAuth: (auth: AuthConfig) => Promise<void>;
  readonly prepareToken: (given: string | undefined) => Promise<() => void>;
  /** The lock of the state directory. */
  readonly state: Disposable;
  readonly metrics: ServerMetrics;
  readonly log: Log;
  isReady: boolean;
  isDrainCut: boolean;
}

/** What a server is given besides its settings. */
export interface ServerDependencies {
  /** Where it says what happens. */
  readonly log: Log;
  /** Limits of sessions that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** Limits of names and ports that differ from the defaults. */
  readonly leaseLimits?: Partial<RegistryLimits>;
  /** Reads the settings anew when an operator asks the admin side for it. */
  readonly reload?: () => Promise<ReloadReport>;
}

/**
 * Starts a server.
 *
 * @throws {ListenError} If an address cannot be listened on.
 * @throws {StateError} If there can be no state directory.
 */
export async function createServer(
  config: ServerConfig,
  { log: ownLog, limits = {}, leaseLimits = {}, reload }: ServerDependencies,
): Promise<Server> {
  await using undo = new AsyncDisposableStack();
  const clock = systemClock;
  const wallTime = Date.now;
  const metrics: ServerMetrics = undo.use(
    new ServerMetrics(
      {
        clients: () => front.controls,
        httpConnections: () => ingress.connections,
        tcpConnections: () => tcpIngress.connections,
        droppedLines: () => ownLog.dropped ?? 0,
      },
      clock,
      wallTime,
    ),
  );
  const log = metrics.events.before(ownLog);
  const live = new LiveConfig(config);
  const state = undo.use(await openStateDirectory(config.state));
  const auth = undo.use(
    await TokenCheck.open(config.auth, {
      state: config.state,
      clock,
      wallTime,
      onEvent: ({ type, ...fields }) => log.event(type, fields),
    }),
  );
  const store = undo.use(
    await FileLeaseStore.open(`${config.state}/leases`, {
      onEvent: (event) => log.event(event.type),
    }),
  );
  if (config.tls !== undefined) checkCertificate(config.tls);
  const visitorPort = undo.use(await PublicPort.open("http", config.http, config.tls));
  const clientPort = undo.use(await PublicPort.open("tunnel", config.tunnel, config.tls));
  const adminToken = await AdminToken.open(config.adminToken, config.state);
  const urls = new PublicUrls({
    domain: config.domain,
    publicUrl: config.publicUrl,
    isTls: config.tls !== undefined,
    port: visitorPort.address.port,
    single: config.single,
  });
  const shared: RegistryDependencies = {
    store,
    clock,
    wallTime,
    limits: leaseLimits,
    onEvent: (event) => log.event(event.type),
  };
  const names = undo.use(await NameRegistry.open<LocalRoute>(shared));
  let isTrusted = trustedProxies(config.trustedProxies);
  live.onChange(({ trustedProxies: networks }) => isTrusted = trustedProxies(networks));
  const isShared = (ip: string) => isTrusted(ip) || isLoopback(ip);
  const caps = new ConnectionCaps({
    get most() {
      return live.current.maxConnections;
    },
    get mostPerAddress() {
      return live.current.maxConnectionsPerIp;
    },
    isShared,
  });
  const capReports = new CapReports<CapReason | "handshakes">(
    clock,
    (limit, count) => log.event("connections_refused", { limit, count }),
  );
  const adminReports = new CapReports<GuardReason>(
    clock,
    (reason, count) => log.event("admin_refused", { reason, count }),
  );
  const onCapped = (reason: CapReason) => capReports.add(reason);
  const tcpIngress: TcpIngress = new TcpIngress({
    caps,
    onCapped,
    hostname: config.http.hostname,
    lookup: (port) => ports.lookup(port),
    clock,
    onConnection: (port, visitor, code) => log.event("connection", { port, visitor, code }),
    onFault: (error) => log.event("fault", { error: describeFault(error) }),
  });
  const ports: PortRegistry<LocalRoute> = undo.use(
    await PortRegistry.open<LocalRoute>({
      ...shared,
      bind: (port) => tcpIngress.bind(port),
      range: config.tcpPorts,
    }),
  );
  const single = config.single
    ? undo.use(await SingleRegistry.open<LocalRoute>(shared))
    : undefined;
  const owners = undo.use(new OwnerLimits(clock));
  const front = new Front({
    owners,
    isShared,
    sessions: new OwnerSessions(),
    names,
    ports,
    single,
    urls,
    get drainTimeoutMs() {
      return live.current.drainTimeoutMs;
    },
    tokens: config.auth.kind === "none" ? undefined : auth,
    clock,
    wallTime,
    log,
    onSessionEnd: ({ stats }) => metrics.sessions.retire(stats),
  });
  auth.onChange(() => front.judgeAgain());
  const host = new SessionHost({ agent: `tun-server/${VERSION}`, user: front, limits });
  const handshakes = new Handshakes(isShared, () => capReports.add("handshakes"));
  const onTunnel = (transport: Transport, leading: Uint8Array) => {
    const seat = handshakes.begin(transport);
    if (seat === undefined) return;
    host.accept(transport, leading).then((accepted) => {
      if (accepted.kind === "refused") {
        const { code, reason = "" } = accepted;
        log.event("client_refused", { client: transport.peer, code, reason });
      }
    }).catch((error) => log.event("fault", { error: describeFault(error) }))
      .finally(() => seat[Symbol.dispose]());
  };
  let visitorRate = rateOf(config, clock);
  live.onChange((next) => visitorRate = rateOf(next, clock));
  const ingress = undo.use(
    new HttpIngress({
      find: single === undefined
        ? byHost(new HostTable(config.domain, config.publicUrl), (name) => names.lookup(name))
        : toTheOnlyOne(() => single.lookup()),
      page: publicPage(urls.origin),
      origin: urls.origin,
      single: config.single,
      isTrusted: (ip) => isTrusted(ip),
      caps,
      onCapped,
      get visitorRate() {
        return visitorRate;
      },
      get idleTimeoutMs() {
        return live.current.idleTimeoutMs;
      },
      get maxBody() {
        return live.current.maxBody ?? Infinity;
      },
      tracer: EdgeTracer.open(),
      clock,
      onTunnel,
      onRequest: (record) => {
        metrics.http.onRequest(record);
        const { accessLog, logQuery } = live.current;
        if (accessLog) logRequest(log, record, { withQuery: logQuery });
      },
      onBadRequest: (record) => {
        metrics.http.onBadRequest(record.code, record.status);
        if (live.current.accessLog) logBadRequest(log, record);
      },
      onFault: (error) => log.event("fault", { error: describeFault(error) }),
    }),
  );
  const parts: Parts = {
    visitorPort,
    clientPort,
    origin: urls.origin,
    firstTokenFile: auth.firstTokenFile,
    front,
    owners,
    host,
    ingress,
    tcpIngress,
    registries: single === undefined ? [names, ports] : [names, ports, single],
    store,
    live,
    auth,
    configureAuth: (next) => auth.configure(next),
    prepareToken: (given) => adminToken.prepare(given),
    state,
    metrics,
    log,
    isReady: true,
    isDrainCut: false,
    admin: await naming("admin", config.admin, () =>
      Deno.serve(
        { ...config.admin, onListen: () => {} },
        adminApp({
          isReady: () => parts.isReady,
          controls: () => front.controls,
          leases: new LeaseDesk(names, ports),
          hasNames: !config.single,
          issuer: () => issuerOf(live.current.auth),
          revocations: auth.revocations,
          hasTokens: config.auth.kind === "jwt",
          metrics: () => metrics.text(),
          reload,
          hostname: config.admin.hostname,
          token: adminToken,
          onRefused: (reason) => adminReports.add(reason),
          onFault: (error) => log.event("fault", { error: describeFault(error) }),
          log,
        }).fetch,
      )),
  };
  const scheme = config.tls === undefined ? "http" : "https";
  visitorPort.start((listener) => ingress.listen(listener, scheme));
  const tunnelIngress = new TunnelIngress(clock, handshakes, onTunnel);
  clientPort.start((listener) => tunnelIngress.listen(listener));
  undo.move();
  return new Server(parts);
}

/** What is remembered of visitors starts anew when the rate changes. */
function rateOf({ visitorRps }: ServerConfig, clock: Clock): AddressBuckets | undefined {
  return visitorRps === undefined
    ? undefined
    : new AddressBuckets(clock, { perSecond: visitorRps });
}

/** Who signs tokens where nothing else is said. */
function issuerOf(auth: AuthConfig): string | undefined {
  return auth.kind === "none" ? undefined : auth.issuer ?? OWN_ISSUER;
}

function isLoopback(ip: string): boolean {
  return LOOPBACK.some((network) => network.contains(ip));
}

function describeFault(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
