/**
 * What stands before the tunnels of one session: what its grant says of visitors, and its share
 * of what the owner may use.
 *
 * @module
 */

import type { AccessRules, Clock } from "@tun/protocol";
import type { Cidr } from "@tun/protocol/http1";
import type { OwnerId } from "../registry/owner.ts";
import type { Admission } from "../routing/route.ts";
import type { UsageLimits } from "./allowance.ts";
import type { OwnerLimits, Share } from "./owner_limits.ts";
import { TunnelAdmission } from "./tunnel_admission.ts";

/** What a grant says about visitors. */
export interface VisitorGrant extends UsageLimits {
  /** Where they may come from; `null` for everywhere. */
  readonly visitors: readonly Cidr[] | null;
}

/** Who holds a session. */
export interface Holder {
  readonly owner: OwnerId;
  readonly grant: VisitorGrant;
}

/** A tunnel that somebody can stand before. */
export interface Door {
  /** The rules that its client has asked for. */
  readonly access: AccessRules | undefined;
  /** What stands before it. */
  admission: Admission | undefined;
}

/** Looks after the doors of a session. */
export class SessionAdmission implements Disposable {
  readonly #clock: Clock;
  readonly #share: Share;
  #visitors: readonly Cidr[] | null;

  /** Takes the owner's limits into account from now on. */
  constructor(clock: Clock, owners: OwnerLimits, { owner, grant }: Holder) {
    this.#clock = clock;
    this.#share = owners.share(owner, grant);
    this.#visitors = grant.visitors;
  }

  /** Puts what is to be checked before a tunnel, before anybody can find it. */
  standBefore(door: Door): void {
    const rules = {
      access: door.access,
      visitors: this.#visitors,
      allowance: this.#share.allowance,
    };
    door.admission = TunnelAdmission.of(rules, this.#clock);
  }

  /** The session has another grant now; who is in stays in. */
  change(grant: VisitorGrant, tunnels: Iterable<{ readonly route: Door }>): void {
    this.#share.change(grant);
    this.#visitors = grant.visitors;
    for (const { route } of tunnels) this.standBefore(route);
  }

  /** The session is over. */
  [Symbol.dispose](): void {
    this.#share[Symbol.dispose]();
  }
}
