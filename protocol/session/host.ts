/**
 * The server's side of the handshake: HELLO starts a session, RESUME goes on with one that lost its
 * transport. Sessions are kept in `kept_sessions.ts` until they end.
 *
 * Nothing is kept for a peer that has not been authenticated but one record of at
 * most 16 KiB, and that only for {@linkcode Limits.handshakeMs}.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { type Clock, systemClock } from "../clock.ts";
import { HandshakeFailed, HandshakeRefused } from "../errors.ts";
import { type Limits, withDefaults } from "../limits.ts";
import { type BlockPool, processBlocks } from "../link/block_pool.ts";
import {
  decodeHello,
  encodeRefused,
  encodeWelcome,
  type Hello,
  PROTOCOL_VERSION,
  termsOf,
} from "../link/handshake.ts";
import { RecordType } from "../link/record.ts";
import { decodeResume, encodeResumed, LINK_ID_BYTES, LINK_SECRET_BYTES } from "../link/resume.ts";
import { type Transport, TransportError } from "../transport/transport.ts";
import { withDeadline } from "./deadline.ts";
import { HandshakeReader } from "./handshake_reader.ts";
import { hangUp } from "./hang_up.ts";
import type { HostOptions } from "./host_options.ts";
import { checkResume, type KeptSession, KeptSessions } from "./kept_sessions.ts";
import { Newcomers } from "./newcomers.ts";
import { Session } from "./session.ts";

/** See {@linkcode HostOptions.maxSessions}. */
const MOST_SESSIONS = 65_536;

/** A RESUME and a HELLO can come over one transport, and nothing else. */
const MOST_ATTEMPTS = 2;

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
  readonly #kept: KeptSessions = new KeptSessions();
  readonly #newcomers: Newcomers;
  #draining = false;

  /** Makes a host without sessions. */
  constructor(options: HostOptions<Identity>) {
    this.#options = options;
    this.#limits = withDefaults(options.limits);
    this.#clock = options.clock ?? systemClock;
    this.#pool = options.pool ?? processBlocks;
    this.#random = options.random ?? ((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
    this.#newcomers = new Newcomers(options.maxHandshakes);
    this.instance = encodeHex(this.#random(8));
  }

  /** The sessions there are, connected or paused. */
  get sessions(): Session[] {
    return this.#kept.all();
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
    this.#newcomers.listen(transport);
    try {
      return await withDeadline(transport, deadline, () => this.#handshake(transport, reader));
    } catch (error) {
      transport.close();
      if (error instanceof HandshakeFailed || error instanceof TransportError) {
        return { kind: "failed", error };
      }
      throw error;
    } finally {
      this.#newcomers.stopListening(transport);
    }
  }

  async #handshake(transport: Transport, reader: HandshakeReader): Promise<Accepted> {
    let code = "";
    let reason: string | undefined;
    for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
      const record = attempts === 0 ? await reader.next() : await reader.nextIfAny();
      if (record === undefined) break;
      this.#newcomers.stopListening(transport);
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
    await hangUp(transport, reader, this.#clock);
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
    const identity = await this.#newcomers.whileChecking(() => user.authenticate(hello, transport));
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

  #checkCapacity(): void {
    const { maxSessions = MOST_SESSIONS } = this.#options;
    if (this.#draining) {
      throw new HandshakeRefused("draining", "This server is stopping", { retryAfterMs: 1000 });
    }
    if (this.#kept.size >= maxSessions || this.#newcomers.isBusy) {
      throw new HandshakeRefused("overloaded", "This server has too many sessions", {
        retryAfterMs: 5000,
      });
    }
  }

  #keep(hello: Hello, transport: Transport): KeptSession {
    const session = new Session({
      role: "server",
      id: encodeHex(this.#random(LINK_ID_BYTES)),
      limits: { ...this.#limits, pingAfterMs: laterPing(this.#limits) },
      peer: hello.terms,
      resumeMs: this.#limits.resumeMs,
      clock: this.#clock,
      pool: this.#pool,
    });
    const kept: KeptSession = {
      session,
      secret: this.#random(LINK_SECRET_BYTES),
      nonce: hello.nonce,
      wasSecure: transport.secure,
      epoch: 0,
    };
    this.#kept.add(kept);
    return kept;
  }

  async #resume(
    transport: Transport,
    reader: HandshakeReader,
    payload: Uint8Array,
  ): Promise<Accepted> {
    const request = decodeResume(payload);
    const kept = await this.#kept.find(request);
    const { session, secret } = kept;
    checkResume(kept, request, transport);
    if (request.token !== "") {
      // Not before: a replayed record must not bring an old token back.
      await this.#options.user.reauthenticate(session, request.token);
      checkResume(kept, request, transport);
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
}

/**
 * The client asks first after a silence, and then we have heard something: thousands
 * of idle links cost half as much if only one end asks.
 */
function laterPing({ pingAfterMs, deadAfterMs }: Limits): number {
  return Math.floor(pingAfterMs + (deadAfterMs - pingAfterMs) / 4);
}
