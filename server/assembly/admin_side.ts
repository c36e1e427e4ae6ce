/**
 * The side of a server that operators come to.
 *
 * @module
 */

import type { AdminToken } from "../admin/admin_token.ts";
import { adminApp } from "../admin/app.ts";
import type { GuardReason } from "../admin/guard.ts";
import { LeaseDesk } from "../admin/lease_desk.ts";
import { CapReports } from "../admission/cap_reports.ts";
import { OWN_ISSUER } from "../auth/mint.ts";
import type { TokenCheck } from "../auth/token_check.ts";
import type { AuthConfig } from "../auth/auth_config.ts";
import type { Clients } from "../control/clients.ts";
import { naming } from "../listen.ts";
import type { ReloadReport } from "../reload/reload.ts";
import type { Ground } from "./ground.ts";

/** What operators see and do beside what all parts stand on. */
export interface AdminSideOptions {
  /** The clients that are in. */
  readonly clients: Clients;
  /** What they must show. */
  readonly token: AdminToken;
  /** Who is denied. */
  readonly auth: TokenCheck;
  /** Whether the server takes on what comes. */
  readonly isReady: () => boolean;
  /** Reads the settings anew. */
  readonly reload: (() => Promise<ReloadReport>) | undefined;
}

/**
 * Serves it.
 *
 * @throws {ListenError} If its address cannot be listened on.
 */
export function serveAdmin(
  { live, clock, log, metrics, onFault, registries }: Ground,
  { clients, token, auth, isReady, reload }: AdminSideOptions,
): Promise<Deno.HttpServer> {
  const { admin: address, auth: { kind } } = live.current;
  const reports = new CapReports<GuardReason>(
    clock,
    (reason, count) => log.event("admin_refused", { reason, count }),
  );
  const app = adminApp({
    isReady,
    controls: () => clients.controls,
    leases: new LeaseDesk(registries.names, registries.ports),
    hasNames: registries.single === undefined,
    issuer: () => issuerOf(live.current.auth),
    revocations: auth.revocations,
    hasTokens: kind === "jwt",
    metrics: () => metrics.text(),
    reload,
    hostname: address.hostname,
    token,
    onRefused: (reason) => reports.add(reason),
    onFault,
    log,
  });
  return naming("admin", address, () => Deno.serve({ ...address, onListen: () => {} }, app.fetch));
}

/** Who signs tokens where nothing else is said. */
function issuerOf(auth: AuthConfig): string | undefined {
  return auth.kind === "none" ? undefined : auth.issuer ?? OWN_ISSUER;
}
