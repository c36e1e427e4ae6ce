/**
 * A server and its clients in memory and in simulated time, with every hand
 * that a flaky network or a hostile peer could lay on them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { decodeHex } from "@std/encoding/hex";
import type { SessionEnd } from "../../protocol/errors.ts";
import type { Limits } from "../../protocol/limits.ts";
import { BlockPool } from "../../protocol/link/block_pool.ts";
import type { Hello } from "../../protocol/link/handshake.ts";
import { type ClientOptions, ClientSession } from "../../protocol/session/client.ts";
import { HandshakeReader, type HandshakeRecord } from "../../protocol/session/handshake_reader.ts";
import { type Accepted, SessionHost } from "../../protocol/session/host.ts";
import type { HostOptions } from "../../protocol/session/host_options.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { SessionUser } from "../../protocol/session/session_options.ts";
import type { TunnelStream } from "../../protocol/session/stream.ts";
import {
  type MemoryPair,
  memoryPair,
  type MemoryPairOptions,
} from "../../protocol/transport/memory.ts";
import type { Transport } from "../../protocol/transport/transport.ts";
import { SimulatedClock } from "../support/simulated_clock.ts";

/** What the server's owner of identities does; the defaults let everybody in. */
export interface LabHooks {
  authenticate?: (hello: Hello, transport: Transport) => Promise<string>;
  reauthenticate?: (session: Session, token: string) => Promise<void>;
  onSession?: (session: Session) => void;
}

/** A started session, seen from both ends. */
export interface LabSession {
  readonly client: ClientSession;
  readonly server: Session;
  readonly pair: MemoryPair;
  /** `paused` and `resumed` on each side, in order. */
  readonly clientEvents: string[];
  readonly serverEvents: string[];
  /** What the client was sent. */
  readonly streams: TunnelStream[];
}

/** A server in memory. */
export class Lab {
  readonly clock: SimulatedClock = new SimulatedClock();
  readonly serverPool: BlockPool = new BlockPool();
  readonly clientPool: BlockPool = new BlockPool();
  readonly hooks: LabHooks;
  readonly #limits: Partial<Limits>;
  readonly #hostOptions: Partial<HostOptions<string>>;
  readonly #serverEvents = new Map<Session, string[]>();
  host: SessionHost<string>;

  constructor(
    limits: Partial<Limits> = {},
    hooks: LabHooks = {},
    hostOptions: Partial<HostOptions<string>> = {},
  ) {
    this.#limits = limits;
    this.hooks = hooks;
    this.#hostOptions = hostOptions;
    this.host = this.#newHost();
  }

  #newHost(): SessionHost<string> {
    return new SessionHost<string>({
      agent: "server/test",
      limits: this.#limits,
      clock: this.clock,
      pool: this.serverPool,
      ...this.#hostOptions,
      user: {
        authenticate: (hello, transport) =>
          this.hooks.authenticate?.(hello, transport) ?? Promise.resolve(hello.agent),
        reauthenticate: (session, token) =>
          this.hooks.reauthenticate?.(session, token) ?? Promise.resolve(),
        onSession: (session) => {
          this.hooks.onSession?.(session);
          const events: string[] = [];
          this.#serverEvents.set(session, events);
          return eventsUser(events, []);
        },
      },
    });
  }

  /** The server process is replaced by another. */
  restart(): void {
    for (const session of this.host.sessions) session.transport?.close();
    this.host = this.#newHost();
  }

  /** A connection to the server. */
  dial(options: MemoryPairOptions = {}): { pair: MemoryPair; accepted: Promise<Accepted> } {
    const pair = memoryPair({ clock: this.clock, ...options });
    return { pair, accepted: this.host.accept(pair.b) };
  }

  /** What a client is started with. */
  clientOptions(
    events: string[] = [],
    streams: TunnelStream[] = [],
  ): ClientOptions {
    return {
      agent: "client/test",
      limits: this.#limits,
      clock: this.clock,
      pool: this.clientPool,
      user: eventsUser(events, streams),
    };
  }

  /** Starts a session. */
  async start(
    options: MemoryPairOptions = {},
    clientOptions: Partial<ClientOptions> = {},
  ): Promise<LabSession> {
    const { pair, accepted } = this.dial(options);
    const clientEvents: string[] = [];
    const streams: TunnelStream[] = [];
    const client = await this.run(ClientSession.start(pair.a, {
      ...this.clientOptions(clientEvents, streams),
      ...clientOptions,
    }));
    const result = await this.run(accepted);
    if (result.kind !== "started") throw new Error(`The server says ${result.kind}`);
    const serverEvents = this.#serverEvents.get(result.session)!;
    return { client, server: result.session, pair, clientEvents, serverEvents, streams };
  }

  /** Lets time pass until `promise` settles. */
  run<T>(promise: Promise<T>): Promise<T> {
    return this.clock.runUntil(promise);
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  /** Checks that bytes pass both ways, and each once. */
  async checkAlive({ server, streams }: LabSession): Promise<void> {
    const ours = server.open({ kind: "tcp", tunnel: 0, visitor: "" });
    const ping = crypto.getRandomValues(new Uint8Array(300));
    await this.run(ours.write(ping));
    await this.run(ours.end());
    await this.clock.advance(200);
    const theirs = streams.at(-1)!;
    assertEquals(await this.run(theirs.read()), ping);
    assertEquals(await this.run(theirs.read()), null);
    const pong = crypto.getRandomValues(new Uint8Array(300));
    await this.run(theirs.write(pong));
    await this.run(theirs.end());
    assertEquals(await this.run(ours.read()), pong);
    assertEquals(await this.run(ours.read()), null);
  }

  /** Ends everything and checks that nothing is left: no session, timer or memory. */
  async end(...clients: ClientSession[]): Promise<void> {
    for (const { session } of clients) session.close();
    for (const session of this.host.sessions) session.close();
    await this.clock.advance(120_000);
    assertEquals(this.host.sessions.length, 0, "sessions are left");
    assertEquals(this.clock.pendingTimers, 0, "timers are left");
    assertEquals([this.serverPool.lent, this.clientPool.lent], [0, 0], "memory is left");
  }
}

function eventsUser(events: string[], streams: TunnelStream[]): SessionUser {
  return {
    onStream: (stream) => void streams.push(stream),
    onControl: () => {},
    onPaused: () => void events.push("paused"),
    onResumed: () => void events.push("resumed"),
  };
}

/** What only the two ends of a session know. */
export function secretOf({ welcome }: ClientSession): Uint8Array<ArrayBuffer> {
  return decodeHex(welcome.secret);
}

/** Says `bytes` as a peer that has no session, and gives the first answer. */
export async function say(
  lab: Lab,
  transport: Transport,
  bytes: Uint8Array,
): Promise<HandshakeRecord> {
  await lab.run(transport.write(bytes));
  return await lab.run(new HandshakeReader(transport).next());
}

/** Why a session ended, once it has. */
export async function endOf(lab: Lab, session: Session): Promise<SessionEnd> {
  return (await lab.run(session.closed)).code;
}

/** A transport that remembers what was written to it. */
export class TappedTransport implements Transport {
  readonly written: Uint8Array[] = [];
  readonly #inner: Transport;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get kind(): Transport["kind"] {
    return this.#inner.kind;
  }

  get secure(): boolean {
    return this.#inner.secure;
  }

  get peer(): string {
    return this.#inner.peer;
  }

  read(): Promise<Uint8Array | null> {
    return this.#inner.read();
  }

  write(bytes: Uint8Array): Promise<void> {
    this.written.push(bytes.slice());
    return this.#inner.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#inner.closeWrite();
  }

  close(): void {
    this.#inner.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
