/**
 * The composition root: this file and `assembly/` are the only ones that make the parts of a server
 * and join them, in the order in which they start: state, registries, listeners. A port that is
 * taken fails the start before anything is served. How they stop is {@linkcode Server.stop}'s.
 *
 * @module
 */

import { type Limits, systemClock } from "@tun/protocol";
import { AdminToken } from "./admin/admin_token.ts";
import { StrangerLimits } from "./admission/stranger_limits.ts";
import { serveAdmin } from "./assembly/admin_side.ts";
import { clientSide } from "./assembly/client_side.ts";
import type { Ground } from "./assembly/ground.ts";
import { visitorSide } from "./assembly/visitor_side.ts";
import { TokenCheck } from "./auth/token_check.ts";
import type { ServerConfig } from "./config.ts";
import type { LocalRoute } from "./control/local_route.ts";
import { PublicUrls } from "./control/public_urls.ts";
import { TcpIngress } from "./ingress/tcp_ingress.ts";
import { TunnelIngress } from "./ingress/tunnel_ingress.ts";
import { checkCertificate } from "./listen.ts";
import { logFault } from "./log/fault.ts";
import type { Log } from "./log/log.ts";
import { ServerMetrics } from "./metrics/server_metrics.ts";
import { FileLeaseStore } from "./registry/file_store.ts";
import { Registries } from "./registry/registries.ts";
import type { RegistryLimits } from "./registry/registry_options.ts";
import { LiveConfig } from "./reload/live_config.ts";
import { PublicPort } from "./reload/public_port.ts";
import type { ReloadReport } from "./reload/reload.ts";
import { Server, type ServerParts } from "./server.ts";
import { openStateDirectory } from "./state_directory.ts";

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
  const live = new LiveConfig(config);
  const metrics: ServerMetrics = undo.use(
    new ServerMetrics(
      {
        clients: () => clients.controls,
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
  const strangers = new StrangerLimits(
    live,
    clock,
    (limit, count) => log.event("connections_refused", { limit, count }),
  );
  const tcpIngress: TcpIngress = new TcpIngress({
    caps: strangers.caps,
    onCapped: strangers.onCapped,
    hostname: config.http.hostname,
    lookup: (port) => registries.ports.lookup(port),
    clock,
    onConnection: (port, visitor, code) => log.event("connection", { port, visitor, code }),
    onFault,
  });
  const registries: Registries<LocalRoute> = undo.use(
    await Registries.open<LocalRoute>({
      store,
      clock,
      wallTime,
      limits: leaseLimits,
      onEvent: (event) => log.event(event.type),
      bind: (port) => tcpIngress.bind(port),
      ports: config.tcpPorts,
      isSingle: config.single,
    }),
  );
  const urls = new PublicUrls({
    domain: config.domain,
    publicUrl: config.publicUrl,
    isTls: config.tls !== undefined,
    port: visitorPort.address.port,
    single: config.single,
  });
  const ground: Ground = {
    live,
    clock,
    wallTime,
    log,
    metrics,
    onFault,
    strangers,
    urls,
    registries,
  };
  const { clients, host, owners, onTunnel } = clientSide(ground, auth, limits);
  undo.use(owners);
  const ingress = undo.use(visitorSide(ground, onTunnel));
  const parts: ServerParts = {
    visitorPort,
    clientPort,
    origin: urls.origin,
    firstTokenFile: auth.firstTokenFile,
    clients,
    owners,
    host,
    ingress,
    tcpIngress,
    registries,
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
    admin: await serveAdmin(ground, {
      clients,
      token: adminToken,
      auth,
      isReady: () => parts.isReady,
      reload,
    }),
  };
  const scheme = config.tls === undefined ? "http" : "https";
  visitorPort.start((listener) => ingress.listen(listener, scheme));
  const tunnelIngress = new TunnelIngress(clock, strangers.handshakes, onTunnel);
  clientPort.start((listener) => tunnelIngress.listen(listener));
  undo.move();
  return new Server(parts);
}
