/**
 * The composition root: the only file that makes the parts of a server and joins them, in the
 * order in which they start: state, registries, listeners. A port that is taken fails the start
 * before anything is served. How they stop is {@linkcode Server.stop}'s.
 *
 * @module
 */

import { type Limits, SessionHost, systemClock, type Transport } from "@tun/protocol";
import { AdminToken } from "./admin/admin_token.ts";
import { adminApp } from "./admin/app.ts";
import type { GuardReason } from "./admin/guard.ts";
import { LeaseDesk } from "./admin/lease_desk.ts";
import { CapReports } from "./admission/cap_reports.ts";
import { StrangerLimits } from "./admission/stranger_limits.ts";
import { OwnerLimits } from "./admission/owner_limits.ts";
import { OWN_ISSUER } from "./auth/mint.ts";
import { TokenCheck } from "./auth/token_check.ts";
import type { AuthConfig, ServerConfig } from "./cli/config.ts";
import { ClientDoor } from "./control/client_door.ts";
import { Front } from "./control/front.ts";
import type { LocalRoute } from "./control/local_route.ts";
import { OwnerSessions } from "./control/owner_sessions.ts";
import { PublicUrls } from "./control/public_urls.ts";
import { HttpIngress } from "./ingress/http_ingress.ts";
import { TcpIngress } from "./ingress/tcp_ingress.ts";
import { TunnelIngress } from "./ingress/tunnel_ingress.ts";
import { checkCertificate, naming } from "./listen.ts";
import { logFault } from "./log/fault.ts";
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
import type { ReloadReport } from "./reload/reload.ts";
import { HostTable } from "./routing/host_table.ts";
import { byHost, toTheOnlyOne } from "./routing/tunnel_lookup.ts";
import { Server, type ServerParts } from "./server.ts";
import { openStateDirectory } from "./state_directory.ts";
import { EdgeTracer } from "./trace/edge_tracer.ts";
import { VERSION } from "./version.ts";

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
  const onFault = (error: unknown) => logFault(log, error);
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
  const strangers = new StrangerLimits(
    live,
    clock,
    (limit, count) => log.event("connections_refused", { limit, count }),
  );
  const { caps, handshakes, isShared, isTrusted, onCapped } = strangers;
  const adminReports = new CapReports<GuardReason>(
    clock,
    (reason, count) => log.event("admin_refused", { reason, count }),
  );
  const tcpIngress: TcpIngress = new TcpIngress({
    caps,
    onCapped,
    hostname: config.http.hostname,
    lookup: (port) => ports.lookup(port),
    clock,
    onConnection: (port, visitor, code) => log.event("connection", { port, visitor, code }),
    onFault,
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
  const door = new ClientDoor(host, handshakes, log);
  const onTunnel = (transport: Transport, leading: Uint8Array) => door.enter(transport, leading);
  const ingress = undo.use(
    new HttpIngress({
      find: single === undefined
        ? byHost(new HostTable(config.domain, config.publicUrl), (name) => names.lookup(name))
        : toTheOnlyOne(() => single.lookup()),
      page: publicPage(urls.origin),
      origin: urls.origin,
      single: config.single,
      isTrusted,
      caps,
      onCapped,
      get visitorRate() {
        return strangers.visitorRate;
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
      onFault,
    }),
  );
  const parts: ServerParts = {
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
    auth,
    reconfigurable: {
      live,
      ports: [visitorPort, clientPort],
      configureAuth: (next) => auth.configure(next),
      prepareToken: (given) => adminToken.prepare(given),
    },
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
          onFault,
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

/** Who signs tokens where nothing else is said. */
function issuerOf(auth: AuthConfig): string | undefined {
  return auth.kind === "none" ? undefined : auth.issuer ?? OWN_ISSUER;
}
