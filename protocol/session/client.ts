/**
 * The client's side of the handshake: HELLO for a new session, RESUME for one that
 * lost its transport. When to try, and over what, is for the caller to decide.
 *
 * @module
 */

import { decodeHex, encodeHex } from "@std/encoding/hex";
import { type Clock, systemClock } from "../clock.ts";
import { HandshakeFailed, HandshakeRefused } from "../errors.ts";
import { type Limits, withDefaults } from "../limits.ts";
import { type BlockPool, processBlocks } from "../link/block_pool.ts";
import {
  decodeRefused,
  decodeWelcome,
  encodeHello,
  PROTOCOL_VERSION,
  termsOf,
  type Welcome,
} from "../link/handshake.ts";
import { RecordType } from "../link/record.ts";
import { decodeResumed, encodeResume } from "../link/resume.ts";
import type { Transport } from "../transport/transport.ts";
import { withDeadline } from "./deadline.ts";
import { HandshakeReader, type HandshakeRecord } from "./handshake_reader.ts";
import { Session } from "./session.ts";
import type { SessionUser } from "./session_options.ts";

/** What a client brings to a handshake. */
export interface ClientOptions {
  /** Program and version. */
  readonly agent: string;
  /** What happens is told here. */
  readonly user: SessionUser;
  /** The credential. */
  readonly token?: string | undefined;
  /** Without tokens: 32 secret bytes, in hex, that make their holder an owner of names. */
  readonly leaseKey?: string | undefined;
  /** Extensions that the server must know, or refuse. @default none */
  readonly require?: readonly string[] | undefined;
  /**
   * 16 random bytes in hex that stay the same while the same start is tried again.
   * @default random
   */
  readonly nonce?: string | undefined;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** Time. @default {systemClock} */
  readonly clock?: Clock;
  /** Memory. @default {processBlocks} */
  readonly pool?: BlockPool;
}

/** What may be said of one attempt. */
export interface AttemptOptions {
  /** Gives the attempt up. */
  readonly signal?: AbortSignal | undefined;
  /** With a resume: a fresh credential. */
  readonly token?: string | undefined;
}

/** 16 random bytes in hex, for {@linkcode ClientOptions.nonce}. */
export function newNonce(): string {
  return encodeHex(crypto.getRandomValues(new Uint8Array(16)));
}

/** A client's session, and what it takes to resume it. */
export class ClientSession {
  /** Streams and control frames. */
  readonly session: Session;
  /** What the server said of itself. */
  readonly welcome: Welcome;
  readonly #secret: Uint8Array<ArrayBuffer>;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #wasSecure: boolean;
  #epoch = 0;

  private constructor(transport: Transport, welcome: Welcome, options: Settled) {
    const { clock, limits, pool } = options;
    this.welcome = welcome;
    this.#secret = decodeHex(welcome.secret);
    this.#clock = clock;
    this.#limits = limits;
    this.#wasSecure = transport.secure;
    this.session = new Session({
      role: "client",
      id: welcome.link,
      limits: { ...limits, pingAfterMs: welcome.pingAfterMs, deadAfterMs: welcome.deadAfterMs },
      peer: welcome.terms,
      resumeMs: welcome.resumeMs,
      clock,
      pool,
    });
    this.session.user = options.user;
  }

  /**
   * Starts a session over `transport`. If that fails, the transport is closed.
   *
   * @throws {HandshakeRefused} If the server says no.
   * @throws {HandshakeFailed} If what answers is not a tun server, or nothing does.
   * @throws {TransportError} If the transport fails.
   */
  static async start(
    transport: Transport,
    options: ClientOptions,
    { signal }: AttemptOptions = {},
  ): Promise<ClientSession> {
    const { clock = systemClock, pool = processBlocks } = options;
    const limits = withDefaults(options.limits);
    const reader = new HandshakeReader(transport);
    const deadline = { clock, ms: limits.handshakeMs, signal };
    const welcome = await attempt(transport, deadline, async () => {
      const hello = encodeHello({
        versions: [PROTOCOL_VERSION, PROTOCOL_VERSION],
        agent: options.agent,
        nonce: options.nonce ?? newNonce(),
        ...(options.token === undefined ? {} : { token: options.token }),
        ...(options.leaseKey === undefined ? {} : { leaseKey: options.leaseKey }),
        require: options.require ?? [],
        terms: termsOf(limits),
      });
      await transport.write(hello);
      return decodeWelcome(expect(await reader.next(), RecordType.welcome));
    }).catch((error) => {
      transport.close();
      throw error;
    });
    const client = new ClientSession(transport, welcome, { ...options, clock, limits, pool });
    client.session.attach(transport, reader.rest);
    return client;
  }

  /**
   * Goes on over another transport. If the server refuses, the transport stays open,
   * and {@linkcode ClientSession.start} may be tried on it; otherwise a failure closes it.
   *
   * @throws {HandshakeRefused} If the server will not go on; if `final`, it never will.
   * @throws {SessionClosed} If the session is over here.
   * @throws {HandshakeFailed} If the server cannot prove that it holds the session, or
   * nothing answers.
   * @throws {TransportError} If the transport fails.
   */
  async resume(transport: Transport, { signal, token }: AttemptOptions = {}): Promise<void> {
    if (this.#wasSecure && !transport.secure) {
      transport.close();
      throw new HandshakeRefused(
        "resume_insecure",
        "Cannot go on over a transport that is less secure than the first",
      );
    }
    const { session } = this;
    if (session.end !== undefined) {
      transport.close();
      throw session.end;
    }
    session.detach();
    const epoch = ++this.#epoch;
    const reader = new HandshakeReader(transport);
    const deadline = { clock: this.#clock, ms: this.#limits.handshakeMs, signal };
    const point = await attempt(transport, deadline, async () => {
      const said = { link: session.id, epoch, received: session.received };
      await transport.write(await encodeResume(said, this.#secret, token));
      const payload = expect(await reader.next(), RecordType.resumed);
      return await decodeResumed(payload, said, this.#secret);
    });
    if (epoch !== this.#epoch || session.state !== "paused") {
      transport.close();
      throw new HandshakeFailed("cut", "The session has moved on in the meantime");
    }
    if (!session.canResumeAt(point.received)) {
      transport.close();
      throw new HandshakeFailed("bad_proof", "The server stands where we have never been");
    }
    session.attach(transport, reader.rest, point.received);
  }
}

type Settled = ClientOptions & Required<Pick<ClientOptions, "clock" | "pool">> & { limits: Limits };

async function attempt<T>(
  transport: Transport,
  deadline: { clock: Clock; ms: number; signal: AbortSignal | undefined },
  task: () => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(transport, deadline, task);
  } catch (error) {
    if (!(error instanceof HandshakeRefused)) transport.close();
    throw error;
  }
}

function expect({ type, payload }: HandshakeRecord, wanted: number): Uint8Array {
  if (type === wanted) return payload;
  if (type === RecordType.refused) throw decodeRefused(payload);
  throw new HandshakeFailed("not_tun", `The server answered with a record of type ${type}`);
}
