/**
 * The side of a server that clients come to, whichever port they take.
 *
 * @module
 */

import { type Limits, SessionHost, type Transport } from "@tun/protocol";
import { OwnerLimits } from "../admission/owner_limits.ts";
import type { TokenCheck } from "../auth/token_check.ts";
import { ClientDoor } from "../control/client_door.ts";
import { Clients } from "../control/clients.ts";
import { OwnerSessions } from "../control/owner_sessions.ts";
import { VERSION } from "../version.ts";
import type { Ground } from "./ground.ts";

/** What clients meet. */
export interface ClientSide {
  /** Who is in. */
  readonly clients: Clients;
  /** Their sessions, connected or paused. */
  readonly host: SessionHost<unknown>;
  /** What owners use, over all their sessions. */
  readonly owners: OwnerLimits;
  /** Takes a connection that wants to become a client, with what it has said already. */
  readonly onTunnel: (transport: Transport, leading: Uint8Array) => Promise<void>;
}

/** Makes it; nobody comes in before somebody listens. */
export function clientSide(
  { live, clock, wallTime, log, metrics, strangers, urls, registries }: Ground,
  auth: TokenCheck,
  limits: Partial<Limits>,
): ClientSide {
  const owners = new OwnerLimits(clock);
  const { names, ports, single } = registries;
  const clients = new Clients({
    owners,
    isShared: strangers.isShared,
    sessions: new OwnerSessions(),
    names,
    ports,
    single,
    urls,
    get drainTimeoutMs() {
      return live.current.drainTimeoutMs;
    },
    tokens: live.current.auth.kind === "none" ? undefined : auth,
    clock,
    wallTime,
    log,
    onSessionEnd: ({ stats }) => metrics.sessions.retire(stats),
  });
  auth.onChange(() => clients.judgeAgain());
  const host = new SessionHost({ agent: `tun-server/${VERSION}`, user: clients, limits });
  const door = new ClientDoor(host, strangers.handshakes, log);
  return {
    clients,
    host,
    owners,
    onTunnel: (transport, leading) => door.enter(transport, leading),
  };
}
