/**
 * The clients that are in, and who may come in.
 *
 * @module
 */

import type { Hello, HostUser, Session, SessionUser, Transport } from "@tun/protocol";
import { decodeHex } from "@std/encoding/hex";
import { EVERYTHING } from "../auth/grant.ts";
import type { Identity } from "../auth/identity.ts";
import { refuse } from "../auth/refusal.ts";
import { leaseKeyOwner, subjectOwner } from "../registry/owner.ts";
import { type ControlDependencies, SessionControl } from "./session_control.ts";

/** Somebody with the transport they came over. */
interface Entrant {
  readonly identity: Identity;
  readonly peer: string;
}

/** Who is in, by session. */
export class Clients implements HostUser<Entrant> {
  readonly #dependencies: ControlDependencies;
  readonly #controls = new Map<Session, SessionControl>();

  /** Nobody is in yet. */
  constructor(dependencies: ControlDependencies) {
    this.#dependencies = dependencies;
  }

  /** Those who are in. */
  get controls(): IterableIterator<SessionControl> {
    return this.#controls.values();
  }

  async authenticate(hello: Hello, transport: Transport): Promise<Entrant> {
    const { tokens } = this.#dependencies;
    const identity = tokens === undefined
      ? await anonymous(hello)
      : await tokens.check(hello.token ?? "");
    return { identity, peer: transport.peer };
  }

  onSession(session: Session, entrant: Entrant, hello: Hello): SessionUser {
    const { peer } = entrant;
    // They may have been denied since they were checked, when they were not yet among us.
    const identity = this.#dependencies.tokens?.checkAgain(entrant.identity) ?? entrant.identity;
    const control = new SessionControl(session, identity, hello, peer, this.#dependencies);
    this.#controls.set(session, control);
    session.closed.then(() => {
      this.#controls.delete(session);
      this.#dependencies.onSessionEnd(session);
    });
    this.#dependencies.log.event("session_started", {
      session: session.id.slice(0, 8),
      client: peer,
      owner: identity.label,
      agent: hello.agent,
    });
    return control;
  }

  async reauthenticate(session: Session, token: string): Promise<void> {
    const control = this.#controls.get(session);
    if (control === undefined) throw refuse("owner_changed");
    await control.renew(token);
  }

  /** Keys, rules or revocations have changed. */
  judgeAgain(): void {
    for (const control of Array.from(this.#controls.values())) control.judgeAgain();
  }
}

/** Without tokens an owner is who holds a lease key; who has none can only have this session. */
async function anonymous({ leaseKey, nonce }: Hello): Promise<Identity> {
  const owner = leaseKey === undefined
    ? await subjectOwner("session", nonce)
    : await leaseKeyOwner(decodeHex(leaseKey));
  return { owner, label: "anyone", grant: EVERYTHING, expiresAt: Infinity, proof: undefined };
}
