/**
 * What stands before one tunnel: the rules its client has asked for, within what its grant
 * allows, and what its owner may use.
 *
 * @module
 */

import type { AccessRules, Clock } from "@tun/protocol";
import { type Cidr, parseIp } from "@tun/protocol/http1";
import type { Admission, Admitted, Knock, Refusal, Verdict } from "../routing/route.ts";
import { AddressBuckets } from "./address_buckets.ts";
import { BasicGate } from "./basic_gate.ts";
import type { Allowance } from "./allowance.ts";

/**
 * Wrong passwords from one address: ten at once, as people and their password managers may need,
 * then one in six seconds, which finds no password.
 */
const WRONG_AT_ONCE = 10;
const WRONG_PER_SECOND = 1 / 6;

/** Addresses of each tunnel whose wrong passwords are counted. */
const MOST_WRONG_ADDRESSES = 1_024;

/** Who may visit: everything that is `null` or absent lets everybody pass. */
export interface AdmissionRules {
  /** What the client has asked for. */
  readonly access: AccessRules | undefined;
  /** What the grant allows at most. */
  readonly visitors: readonly Cidr[] | null;
  /** What the owner may use. */
  readonly allowance: Allowance | undefined;
}

const REFUSED: Refusal = { kind: "refused", code: "visitor_refused" };
const UNKNOWN: Refusal = { kind: "refused", code: "credentials_required" };
const BUSY: Refusal = { kind: "refused", code: "busy" };
const FREE: Admitted = { kind: "admitted", tookLogin: false, pace: undefined, leave() {} };
const FREE_BY_LOGIN: Admitted = { ...FREE, tookLogin: true };

/** Lets visitors in. */
export class TunnelAdmission implements Admission {
  readonly #clock: Clock;
  readonly #access: AccessRules | undefined;
  readonly #gate: BasicGate | undefined;
  #visitors: readonly Cidr[] | null;
  #allowance: Allowance | undefined;
  #wrong: AddressBuckets | undefined;

  /** Use {@linkcode TunnelAdmission.of}. */
  private constructor({ access, visitors, allowance }: AdmissionRules, clock: Clock) {
    this.#clock = clock;
    this.#access = access;
    this.#visitors = visitors;
    this.#allowance = allowance;
    if (access?.basic) this.#gate = new BasicGate(access.basic);
  }

  /** What stands before a tunnel; `undefined` if nothing does. */
  static of(rules: AdmissionRules, clock: Clock): TunnelAdmission | undefined {
    const { access, visitors, allowance } = rules;
    if (access === undefined && visitors === null && allowance === undefined) return undefined;
    return new TunnelAdmission(rules, clock);
  }

  admit(knock: Knock): Verdict | Promise<Verdict> {
    if (!this.#mayComeFrom(knock.ip)) return REFUSED;
    if (this.#gate === undefined) return this.#enter(false);
    if (knock.authorization === null) return UNKNOWN;
    if (this.#gate.knows(knock.authorization)) return this.#enter(true);
    return this.#try(this.#gate, knock);
  }

  /** The address is counted before the password is looked at: who tries too often learns nothing. */
  async #try(gate: BasicGate, { ip, authorization }: Knock): Promise<Verdict> {
    this.#wrong ??= new AddressBuckets(this.#clock, {
      perSecond: WRONG_PER_SECOND,
      burst: WRONG_AT_ONCE,
      most: MOST_WRONG_ADDRESSES,
    });
    const waitMs = this.#wrong.take(ip);
    if (waitMs > 0) return tooMany(waitMs);
    return await gate.verify(authorization) ? this.#enter(true) : UNKNOWN;
  }

  #mayComeFrom(ip: string): boolean {
    const allow = this.#access?.allow ?? null;
    const deny = this.#access?.deny;
    const visitors = this.#visitors;
    if (allow === null && visitors === null && !deny?.length) return true;
    const address = parseIp(ip);
    // Whoever has no address is in no network, and cannot be shown to be outside of one.
    if (address === null) return false;
    const holds = (network: Cidr) => network.containsBytes(address);
    if (deny?.some(holds)) return false;
    return (allow?.some(holds) ?? true) && (visitors?.some(holds) ?? true);
  }

  #enter(tookLogin: boolean): Verdict {
    const allowance = this.#allowance;
    if (allowance === undefined) return tookLogin ? FREE_BY_LOGIN : FREE;
    const waitMs = allowance.enter();
    if (waitMs === 0) return new Visit(allowance, tookLogin);
    return waitMs === Infinity ? BUSY : tooMany(waitMs);
  }
}

/** Somebody who uses up some of an allowance. */
class Visit implements Admitted {
  readonly kind = "admitted";
  readonly tookLogin: boolean;
  readonly pace: Allowance;
  #isOver = false;

  constructor(pace: Allowance, tookLogin: boolean) {
    this.pace = pace;
    this.tookLogin = tookLogin;
  }

  leave(): void {
    if (!this.#isOver) this.pace.leave();
    this.#isOver = true;
  }
}

function tooMany(waitMs: number): Refusal {
  const retryAfterS = Math.max(1, Math.ceil(waitMs / 1000));
  return { kind: "refused", code: "rate_limited", retryAfterS };
}
