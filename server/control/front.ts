/**
 * The door for clients: who may come in, and the sessions of those who have.
 *
 * @module
 */

import {
  HandshakeRefused,
  type Hello,
  type HostUser,
  type Session,
  type SessionUser,
  type Transport,
} from "@tun/protocol";
import { decodeHex } from "@std/encoding/hex";
import type { Grant, Identity } from "../auth/identity.ts";
import { leaseKeyOwner, subjectOwner } from "../registry/owner.ts";
import { type ControlDependencies, SessionControl } from "./session_control.ts";

/** Without tokens everybody may have everything. */
const EVERYTHING: Grant = {
  permitsName: () => true,
  permitsKind: () => true,
  ports: [{ first: 1, last: 65_535 }],
  tunnels: 100,
};

/** Somebody with the transport they came over. */
interface Entrant {
  readonly identity: Identity;
  readonly peer: string;
}

/** Lets clients in. */
export class Front implements HostUser<Entrant> {
  readonly #dependencies: ControlDependencies;
  readonly #controls = new Map<Session, SessionControl>();

  /** Makes a door with nobody in. */
  constructor(dependencies: ControlDependencies) {
    this.#dependencies = dependencies;
  }

  /** Those who are in. */
  get controls(): IterableIterator<SessionControl> {
    return this.#controls.values();
  }

  async authenticate(hello: Hello, transport: Transport): Promise<Entrant> {
    const identity = this.#dependencies.isAuthRequired
      ? await this.#identityOf(hello)
      : await anonymous(hello);
    return { identity, peer: transport.peer };
  }

  onSession(session: Session, { identity, peer }: Entrant, hello: Hello): SessionUser {
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
    if (await this.#controls.get(session)?.renew(token)) return;
    throw new HandshakeRefused("token_refused", "The token is somebody else's");
  }

  #identityOf({ token }: Hello): Promise<Identity> {
    if (token === undefined) {
      throw new HandshakeRefused(
        "token_refused",
        "This server wants a token: get one from its operator, and give it to `tun login`",
      );
    }
    return this.#dependencies.checkToken(token);
  }
}

/** Without tokens an owner is who holds a lease key; who has none can only have this session. */
async function anonymous({ leaseKey, nonce }: Hello): Promise<Identity> {
  const owner = leaseKey === undefined
    ? await subjectOwner("session", nonce)
    : await leaseKeyOwner(decodeHex(leaseKey));
  return { owner, label: "anyone", grant: EVERYTHING, expiresAt: Infinity };
}
