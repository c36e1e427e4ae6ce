/**
 * The server's side of the handshake, and the sessions it keeps: a link whose
 * transport is lost stays here until it is resumed or its time is up.
 *
 * Nothing is kept for a peer that has not been authenticated but one record of at
 * most 16 KiB, and that only for {@linkcode Limits.handshakeMs}.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { type Clock, systemClock } from "../clock.ts";
import {
  HandshakeFailed,
  HandshakeRefused,
  isRefusalCode,
  type RefusalCode,
  type SessionClosed,
} from "../errors.ts";
import { type Limits, withDefaults } from "../limits.ts";
import { type BlockPool, processBlocks } from "../link/block_pool.ts";
import {
  decodeHello,
  encodeRefused,
  encodeWelcome,
  type Hello,
  PROTOCOL_VERSION,
} from "../link/handshake.ts";
import { RecordType } from "../link/record.ts";
import {
  decodeResume,
  encodeResumed,
  LINK_ID_BYTES,
  LINK_SECRET_BYTES,
  type ResumeRequest,
} from "../link/resume.ts";
import { type Transport, TransportError } from "../transport/transport.ts";
import { termsOf } from "./client.ts";
import { withDeadline } from "./deadline.ts";
import { HandshakeReader, type HandshakeRecord } from "./handshake_reader.ts";
import { Session, type SessionUser } from "./session.ts";

/** How long a refused peer may take to read why, before we hang up. */
const REFUSAL_LINGER_MS = 1000;

/** Ended sessions of which we remember why, so that a client that comes late is told. */
const MOST_REMEMBERED = 4096;

/** See {@linkcode HostOptions.maxHandshakes}. */
const MOST_HANDSHAKES = 1024;

/** A RESUME and a HELLO can come over one transport, and nothing else. */
const MOST_ATTEMPTS = 2;

/** What the host leaves to others. */
export interface HostUser<Identity> {
  /**
   * Says who is there.
   *
   * @throws {HandshakeRefused} If they may not come in.
   */
  authenticate(hello: Hello, transport: Transport): Promise<Identity>;
  /** A session has started; returns who is told what happens in it. */
  onSession(session: Session, identity: Identity, hello: Hello): SessionUser;
  /**
   * A session's client presents a fresh token with its RESUME.
   *
   * @throws {HandshakeRefused} If it does not do; the session stays paused.
   */
  reauthenticate(session: Session, token: string): Promise<void>;
}

/** What a host is made with. */
export interface HostOptions<Identity> {
  /** Program and version. */
  readonly agent: string;
  /** Who decides. */
  readonly user: HostUser<Identity>;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** Sessions at most, connected or paused. @default {65536} */
  readonly maxSessions?: number;
  /**
   * Peers at most that have not said anything yet, and as many whose credential is
   * being checked. One more of the former makes the oldest go, because honest
   * peers speak at once; one more of the latter is refused. @default {1024}
   */
  readonly maxHandshakes?: number;
  /** Time. @default {systemClock} */
  readonly clock?: Clock;
  /** Memory. @default {processBlocks} */
  readonly pool?: BlockPool;
  /** Random bytes. @default {crypto.getRandomValues} */
  readonly random?: (bytes: number) => Uint8Array<ArrayBuffer>;
}

/** A session and what it takes to resume it. */
interface Kept {
  readonly session: Session;
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly nonce: string;
  readonly wasSecure: boolean;
  epoch: number;
}

/** What became of one transport. */
export type Accepted =
  | { readonly kind: "started"; readonly session: Session }
  | { readonly kind: "resumed"; readonly session: Session }
  | { readonly kind: "refused"; readonly code: string; readonly reason?: string }
  | { readonly kind: "failed"; readonly error: Error };

/** Starts and resumes sessions. */
export class SessionHost<Identity> {
  /** Names this process to clients. */
  readonly instance: string;
  readonly #options: HostOptions<Identity>;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #pool: BlockPool;
  readonly #random: (bytes: number) => Uint8Array<ArrayBuffer>;
  readonly #kept = new Map<string, Kept>();
  readonly #linkByNonce = new Map<string, string>();
  /** Why sessions ended that might still be asked for, oldest first. */
  readonly #ended = new Map<string, { secret: Uint8Array<ArrayBuffer>; code: RefusalCode }>();
  /** Transports on which no record has come yet, oldest first. */
  readonly #silent = new Set<Transport>();
  #authenticating = 0;
  #draining = false;

  /** Makes a host without sessions. */
  constructor(options: HostOptions<Identity>) {
    this.#options = options;
    this.#limits = withDefaults(options.limits);
    this.#clock = options.clock ?? systemClock;
    this.#pool = options.pool ?? processBlocks;
    this.#random = options.random ?? ((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
    this.instance = encodeHex(this.#random(8));
  }

  /** The sessions there are, connected or paused. */
  get sessions(): Session[] {
    return Array.from(this.#kept.values(), ({ session }) => session);
  }

  /** From now on every HELLO is refused as `draining`; sessions can still be resumed. */
  drain(): void {
    this.#draining = true;
  }

  /**
   * Does the handshake on a transport and, if it succeeds, carries a session over
   * it. `leading` are bytes that were read from it before. Never rejects for what
   * a peer or the network does.
   */
  async accept(transport: Transport, leading?: Uint8Array): Promise<Accepted> {
    const deadline = { clock: this.#clock, ms: this.#limits.handshakeMs };
    const reader = new HandshakeReader(transport, leading);
    this.#await(transport);
    try {
      return await withDeadline(transport, deadline, () => this.#handshake(transport, reader));
    } catch (error) {
      transport.close();
      if (error instanceof HandshakeFailed || error instanceof TransportError) {
        return { kind: "failed", error };
      }
      throw error;
    } finally {
      this.#silent.delete(transport);
    }
  }

  /** Waits for what `transport` has to say, at the cost of who has been silent for longest. */
  #await(transport: Transport): void {
    const { maxHandshakes = MOST_HANDSHAKES } = this.#options;
    this.#silent.add(transport);
    if (this.#silent.size <= maxHandshakes) return;
    const oldest: Transport = this.#silent.values().next().value!;
    this.#silent.delete(oldest);
    oldest.close();
  }

  async #handshake(transport: Transport, reader: HandshakeReader): Promise<Accepted> {
    let code = "";
    let reason: string | undefined;
    for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
      const record = attempts === 0 ? await reader.next() : await nextOrEnd(reader);
      if (record === undefined) break;
      this.#silent.delete(transport);
      const { type, payload } = record;
      const mayGoOn = type === RecordType.resume && attempts === 0;
      try {
        if (type === RecordType.hello) return await this.#start(transport, reader, payload);
        if (mayGoOn) return await this.#resume(transport, reader, payload);
        throw new HandshakeFailed("not_tun", `Cannot start with a record of type ${type}`);
      } catch (error) {
        if (!(error instanceof HandshakeRefused)) throw error;
        ({ code, reason } = error);
        await transport.write(encodeRefused(error));
        if (!mayGoOn) break;
      }
    }
    await this.#hangUp(transport, reader);
    return { kind: "refused", code, ...(reason === undefined ? {} : { reason }) };
  }

  async #start(
    transport: Transport,
    reader: HandshakeReader,
    payload: Uint8Array,
  ): Promise<Accepted> {
    const hello = decodeHello(payload);
    this.#checkCapacity();
    const { user, agent } = this.#options;
    const identity = await this.#authenticate(hello, transport);
    const kept = this.#keep(hello, transport);
    const { session, secret } = kept;
    const { resumeMs, pingAfterMs, deadAfterMs } = this.#limits;
    const welcome = encodeWelcome({
      version: PROTOCOL_VERSION,
      agent,
      instance: this.instance,
      link: session.id,
      secret: encodeHex(secret),
      resumeMs,
      pingAfterMs,
      deadAfterMs,
      terms: termsOf(this.#limits),
    });
    try {
      session.user = user.onSession(session, identity, hello);
      await transport.write(welcome);
    } catch (error) {
      // No transport was attached, so nothing else would ever end it.
      session.close("replaced", "The session did not come about");
      throw error;
    }
    if (session.end === undefined) session.attach(transport, reader.rest);
    else transport.close();
    return { kind: "started", session };
  }

  async #authenticate(hello: Hello, transport: Transport): Promise<Identity> {
    this.#authenticating++;
    try {
      return await this.#options.user.authenticate(hello, transport);
    } finally {
      this.#authenticating--;
    }
  }

  #checkCapacity(): void {
    const { maxSessions = 65_536, maxHandshakes = MOST_HANDSHAKES } = this.#options;
    if (this.#draining) {
      throw new HandshakeRefused("draining", "This server is stopping", { retryAfterMs: 1000 });
    }
    if (this.#kept.size >= maxSessions || this.#authenticating >= maxHandshakes) {
      throw new HandshakeRefused("overloaded", "This server has too many sessions", {
        retryAfterMs: 5000,
      });
    }
  }

  #keep(hello: Hello, transport: Transport): Kept {
    const id = encodeHex(this.#random(LINK_ID_BYTES));
    const session = new Session({
      role: "server",
      id,
      limits: { ...this.#limits, pingAfterMs: laterPing(this.#limits) },
      peer: hello.terms,
      resumeMs: this.#limits.resumeMs,
      clock: this.#clock,
      pool: this.#pool,
    });
    const kept: Kept = {
      session,
      secret: this.#random(LINK_SECRET_BYTES),
      nonce: hello.nonce,
      wasSecure: transport.secure,
      epoch: 0,
    };
    const orphan = this.#kept.get(this.#linkByNonce.get(hello.nonce) ?? "")?.session;
    this.#kept.set(id, kept);
    this.#linkByNonce.set(hello.nonce, id);
    // Whoever has spoken in a session has had its WELCOME. Who knows its nonce all the
    // same has overheard it, and must not be able to end it.
    if (orphan?.received === 0) orphan.close("replaced");
    session.closed.then((end) => this.#forget(kept, end));
    return kept;
  }

  #forget({ session, secret, nonce }: Kept, end: SessionClosed): void {
    this.#kept.delete(session.id);
    if (this.#linkByNonce.get(nonce) === session.id) this.#linkByNonce.delete(nonce);
    this.#ended.set(session.id, { secret, code: refusalAfter(end) });
    if (this.#ended.size > MOST_REMEMBERED) {
      this.#ended.delete(this.#ended.keys().next().value!);
    }
  }

  async #resume(
    transport: Transport,
    reader: HandshakeReader,
    payload: Uint8Array,
  ): Promise<Accepted> {
    const request = decodeResume(payload);
    const kept = await this.#find(request);
    const { session, secret } = kept;
    this.#checkResume(kept, request, transport);
    if (request.token !== "") {
      // Not before: a replayed record must not bring an old token back.
      await this.#options.user.reauthenticate(session, request.token);
      this.#checkResume(kept, request, transport);
    }
    const { epoch } = request;
    kept.epoch = epoch;
    // From here on the old transport's bytes are nobody's: where we stand is final.
    session.detach();
    const said = { link: session.id, epoch, received: session.received };
    try {
      await transport.write(await encodeResumed(said, secret));
    } catch (error) {
      if (kept.epoch === epoch && error instanceof TransportError) session.miss(error);
      throw error;
    }
    if (kept.epoch !== epoch || session.state !== "paused") {
      throw new HandshakeFailed("cut", "A later resume has come in the meantime");
    }
    session.attach(transport, reader.rest, request.received);
    return { kind: "resumed", session };
  }

  /** Finds the session of someone who can prove that it is theirs. */
  async #find(request: ResumeRequest): Promise<Kept> {
    const { link } = request;
    const secret = this.#kept.get(link)?.secret ?? this.#ended.get(link)?.secret;
    if (secret === undefined) throw refusal("resume_unknown");
    if (!await request.verify(secret)) throw refusal("resume_forged");
    const kept = this.#kept.get(link);
    if (kept === undefined) throw refusal(this.#ended.get(link)?.code ?? "resume_unknown");
    return kept;
  }

  #checkResume(kept: Kept, { epoch, received }: ResumeRequest, transport: Transport): void {
    if (kept.session.end !== undefined) throw refusal(refusalAfter(kept.session.end));
    if (epoch <= kept.epoch) throw refusal("resume_stale");
    if (kept.wasSecure && !transport.secure) throw refusal("resume_insecure");
    if (!kept.session.canResumeAt(received)) throw refusal("resume_impossible");
  }

  /** Lets a refused peer read why before the connection goes. */
  async #hangUp(transport: Transport, reader: HandshakeReader): Promise<void> {
    const deadline = { clock: this.#clock, ms: REFUSAL_LINGER_MS };
    try {
      await withDeadline(transport, deadline, async () => {
        await transport.closeWrite();
        await reader.next();
      });
    } catch (error) {
      // It hung up, fell silent or went on talking: all the same by now.
      if (!(error instanceof HandshakeFailed || error instanceof TransportError)) throw error;
    }
    transport.close();
  }
}

/** The next record, or `undefined` from a peer that has nothing more to say. */
async function nextOrEnd(reader: HandshakeReader): Promise<HandshakeRecord | undefined> {
  try {
    return await reader.next();
  } catch (error) {
    if (error instanceof HandshakeFailed || error instanceof TransportError) return undefined;
    throw error;
  }
}

/** What a client is told that wants to resume a session which is over. */
function refusalAfter(end: SessionClosed): RefusalCode {
  return isRefusalCode(end.code) ? end.code : "resume_unknown";
}

/**
 * The client asks first after a silence, and then we have heard something: thousands
 * of idle links cost half as much if only one end asks.
 */
function laterPing({ pingAfterMs, deadAfterMs }: Limits): number {
  return Math.floor(pingAfterMs + (deadAfterMs - pingAfterMs) / 4);
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
