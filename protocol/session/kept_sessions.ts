/**
 * The sessions that a host keeps, connected or paused, and who may go on with one.
 *
 * Of a session that has ended it is remembered why, so that a client that comes late is told. Only
 * who can prove that a session is theirs learns anything of it.
 *
 * @module
 */

import {
  HandshakeRefused,
  isRefusalCode,
  type RefusalCode,
  type SessionClosed,
} from "../errors.ts";
import type { ResumeRequest } from "../link/resume.ts";
import type { Transport } from "../transport/transport.ts";
import type { Session } from "./session.ts";

/** Ended sessions of which we remember why. */
const MOST_REMEMBERED = 4096;

/** A session and what it takes to resume it. */
export interface KeptSession {
  /** The session. */
  readonly session: Session;
  /** What its client proves that it is theirs with. */
  readonly secret: Uint8Array<ArrayBuffer>;
  /** The nonce of the HELLO that started it. */
  readonly nonce: string;
  /** Whether it was started over a secure transport. */
  readonly wasSecure: boolean;
  /** Of the resume that came last. */
  epoch: number;
}

/** A session that is over. */
interface EndedSession {
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly code: RefusalCode;
}

/** The sessions there are. */
export class KeptSessions {
  readonly #kept = new Map<string, KeptSession>();
  readonly #linkByNonce = new Map<string, string>();
  /** Oldest first. */
  readonly #ended = new Map<string, EndedSession>();

  /** How many there are. */
  get size(): number {
    return this.#kept.size;
  }

  /** All of them. */
  all(): Session[] {
    return Array.from(this.#kept.values(), ({ session }) => session);
  }

  /** Keeps a session until it ends. It replaces one that its client never heard of. */
  add(kept: KeptSession): void {
    const { session, nonce } = kept;
    const orphan = this.#kept.get(this.#linkByNonce.get(nonce) ?? "")?.session;
    this.#kept.set(session.id, kept);
    this.#linkByNonce.set(nonce, session.id);
    // Whoever has spoken in a session has had its WELCOME. Who knows its nonce all the
    // same has overheard it, and must not be able to end it.
    if (orphan?.received === 0) orphan.close("replaced");
    session.closed.then((end) => this.#forget(kept, end));
  }

  /**
   * Finds the session of someone who can prove that it is theirs.
   *
   * @throws {HandshakeRefused} If there is none any more, or the proof is wrong.
   */
  async find(request: ResumeRequest): Promise<KeptSession> {
    const { link } = request;
    const secret = this.#kept.get(link)?.secret ?? this.#ended.get(link)?.secret;
    if (secret === undefined) throw refusal("resume_unknown");
    if (!await request.verify(secret)) throw refusal("resume_forged");
    const kept = this.#kept.get(link);
    if (kept === undefined) throw refusal(this.#ended.get(link)?.code ?? "resume_unknown");
    return kept;
  }

  #forget({ session, secret, nonce }: KeptSession, end: SessionClosed): void {
    this.#kept.delete(session.id);
    if (this.#linkByNonce.get(nonce) === session.id) this.#linkByNonce.delete(nonce);
    this.#ended.set(session.id, { secret, code: refusalAfter(end) });
    if (this.#ended.size > MOST_REMEMBERED) {
      this.#ended.delete(this.#ended.keys().next().value!);
    }
  }
}

/**
 * Looks whether a session can go on from where its client stands, over `transport`.
 *
 * @throws {HandshakeRefused} If it cannot.
 */
export function checkResume(
  { session, epoch, wasSecure }: KeptSession,
  request: ResumeRequest,
  transport: Transport,
): void {
  if (session.end !== undefined) throw refusal(refusalAfter(session.end));
  if (request.epoch <= epoch) throw refusal("resume_stale");
  if (wasSecure && !transport.secure) throw refusal("resume_insecure");
  if (!session.canResumeAt(request.received)) throw refusal("resume_impossible");
}

/** What a client is told that wants to resume a session which is over. */
function refusalAfter(end: SessionClosed): RefusalCode {
  return isRefusalCode(end.code) ? end.code : "resume_unknown";
}

const REFUSALS: Partial<Record<RefusalCode, string>> = {
  resume_unknown: "This server does not know the session",
  resume_forged: "The proof is wrong",
  resume_stale: "A later resume has come before",
  resume_insecure: "Cannot go on over a transport that is less secure than the first",
  resume_impossible: "Cannot go on from where the client stands",
  token_expired: "The token has expired",
  token_revoked: "The token was revoked",
};

function refusal(code: RefusalCode): HandshakeRefused {
  return new HandshakeRefused(code, REFUSALS[code] ?? "Cannot resume the session");
}
