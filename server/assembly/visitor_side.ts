/**
 * The side of a server that visitors come to.
 *
 * @module
 */

import { HttpIngress } from "../ingress/http_ingress.ts";
import { logBadRequest, logRequest } from "../log/request_log.ts";
import { publicPage } from "../public/page.ts";
import { HostTable } from "../routing/host_table.ts";
import { byHost, toTheOnlyOne } from "../routing/tunnel_lookup.ts";
import { EdgeTracer } from "../trace/edge_tracer.ts";
import type { ClientSide } from "./client_side.ts";
import type { Ground } from "./ground.ts";

/** Makes the ingress of HTTP tunnels, without listeners; clients come over it as well. */
export function visitorSide(
  { live, clock, log, metrics, onFault, strangers, urls, registries }: Ground,
  onTunnel: ClientSide["onTunnel"],
): HttpIngress {
  const { names, single } = registries;
  const { domain, publicUrl } = live.current;
  return new HttpIngress({
    find: single === undefined
      ? byHost(new HostTable(domain, publicUrl), (name) => names.lookup(name))
      : toTheOnlyOne(() => single.lookup()),
    page: publicPage(urls.origin),
    origin: urls.origin,
    single: single !== undefined,
    isTrusted: strangers.isTrusted,
    caps: strangers.caps,
    onCapped: strangers.onCapped,
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
  });
}
