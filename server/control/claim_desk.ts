/**
 * What becomes of a session's claims: whether its grant permits one, what a registry gives for it,
 * and what its client is told.
 *
 * A registry also says whom a claim displaces; that one is told, drained and gone, and nobody waits
 * for it.
 *
 * @module
 */

import type { Claim, Clock, Session } from "@tun/protocol";
import type { SessionAdmission } from "../admission/session_admission.ts";
import { type GrantFault, tunnelFault } from "../auth/grant.ts";
import type { Claimant, Lease } from "../registry/claim.ts";
import type { Outcome } from "../registry/client_refusal.ts";
import type { NameRegistry } from "../registry/name_registry.ts";
import type { PortRegistry } from "../registry/port_registry.ts";
import type { SingleRegistry } from "../registry/single_registry.ts";
import type { Bearer } from "./bearer.ts";
import { claimedAccess, tunnelOptions } from "./claim_options.ts";
import { LocalRoute } from "./local_route.ts";
import type { SessionLog } from "./session_log.ts";
import { type SessionTunnels, wishOf, withdrawDisplaced } from "./session_tunnels.ts";

/** What claims need of the server. */
export interface ClaimDeskOptions {
  /** Who has which name. */
  readonly names: NameRegistry<LocalRoute>;
  /** Who has which port. */
  readonly ports: PortRegistry<LocalRoute>;
  /** Who has the only place, in single mode. */
  readonly single: SingleRegistry<LocalRoute> | undefined;
  /** Monotonic time. */
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
}

/** The session that claims, and what belongs to it. */
export interface ClaimingSession {
  /** The session. */
  readonly session: Session;
  /** Where its leases are counted; `null` behind a proxy, where all come from one address. */
  readonly address: string | null;
  /** Who stands behind it. */
  readonly bearer: Bearer;
  /** What stands before its tunnels. */
  readonly admission: SessionAdmission;
  /** The tunnels it has. */
  readonly tunnels: SessionTunnels;
  /** What happens is told here. */
  readonly log: SessionLog;
}

/** Why a client does not get what it claims. */
interface ClaimFault {
  readonly code: string;
  readonly message: string;
  readonly final: boolean;
  readonly retryAfterMs?: number;
}

/** Decides the claims of one session. */
export class ClaimDesk {
  readonly #options: ClaimDeskOptions;
  readonly #claiming: ClaimingSession;

  /** Decides for `claiming`. */
  constructor(claiming: ClaimingSession, options: ClaimDeskOptions) {
    this.#claiming = claiming;
    this.#options = options;
  }

  /** Decides one claim, and tells the client. */
  async decide(claim: Claim): Promise<void> {
    const fault = this.#forbidden(claim);
    if (fault !== undefined) return this.#refuse(claim, { ...fault, final: true });
    const access = claimedAccess(claim);
    if (!access.ok) {
      const message = `This server cannot keep the rules for visitors: ${access.fault}`;
      return this.#refuse(claim, { code: "access_refused", message, final: true });
    }
    const { session, admission, tunnels } = this.#claiming;
    const { clock, wallTime } = this.#options;
    const options = { ...tunnelOptions(claim), access: access.rules };
    const route = new LocalRoute(session, claim.tunnel, options, { clock, since: wallTime() });
    // Before anybody can find it.
    admission.standBefore(route);
    const outcome = await this.#ask(claim, route);
    if (outcome.state === "refused") {
      const { code, message, retryAfterMs } = outcome.refusal;
      return this.#refuse(claim, {
        code,
        message,
        final: code !== "registry_unavailable",
        ...(retryAfterMs === null ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
      });
    }
    // The grant may have shrunk while the registry was busy.
    const late = this.#forbidden(claim, outcome.lease);
    if (late === undefined) {
      route.name = outcome.lease.name;
      // The grant may have changed while the registry was busy.
      admission.standBefore(route);
      return tunnels.add(claim, route, outcome.lease, outcome.displaced);
    }
    withdrawDisplaced(outcome.displaced);
    await outcome.lease.release();
    this.#refuse(claim, { ...late, final: true });
  }

  /** What there is against a claim, and once it is known, against the port that it has got. */
  #forbidden(claim: Claim, lease?: Lease): GrantFault | undefined {
    const { tunnels, bearer } = this.#claiming;
    const { tunnel } = claim;
    if (tunnels.has(tunnel)) {
      return { code: "not_permitted", message: `Tunnel ${tunnel} is there already` };
    }
    return tunnelFault(bearer.grant, wishOf(claim, lease), tunnels.size);
  }

  #ask(claim: Claim, route: LocalRoute): Promise<Outcome<LocalRoute>> {
    const { address, bearer } = this.#claiming;
    const { names, ports, single } = this.#options;
    const { mode, generation, nonce = null, key = "", name, port } = claim;
    const claimant: Claimant<LocalRoute> = {
      owner: bearer.identity.owner,
      address,
      intent: mode === "claim" ? { mode } : { mode, generation: generation ?? 0 },
      nonce,
      route,
    };
    if (claim.kind === "tcp") {
      return ports.claim({
        ...claimant,
        key,
        wish: port === undefined ? { kind: "any" } : { kind: "port", port },
        allowed: bearer.grant.ports,
      });
    }
    if (single !== undefined) return single.claim(claimant);
    return names.claim({
      ...claimant,
      wish: name === undefined ? { kind: "random", key } : { kind: "chosen", name },
    });
  }

  #refuse({ tunnel, kind, name, port }: Claim, why: ClaimFault): void {
    const { session, log } = this.#claiming;
    if (session.end !== undefined) return;
    session.sendControl({ type: "claim_refused", tunnel, ...why });
    const wanted = name ?? port;
    log.event("claim_refused", {
      kind,
      ...(wanted === undefined ? {} : { name: String(wanted) }),
      code: why.code,
    });
  }
}
