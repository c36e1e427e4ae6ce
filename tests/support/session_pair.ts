/**
 * A client and a server that have shaken hands, for tests of what comes after.
 *
 * @module
 */

import type { Clock } from "../../protocol/clock.ts";
import type { Limits } from "../../protocol/limits.ts";
import { BlockPool } from "../../protocol/link/block_pool.ts";
import type { Control } from "../../protocol/mux/control.ts";
import { ClientSession } from "../../protocol/session/client.ts";
import { SessionHost } from "../../protocol/session/host.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { TunnelStream } from "../../protocol/session/stream.ts";
import { memoryPair } from "../../protocol/transport/memory.ts";
import type { Transport } from "../../protocol/transport/transport.ts";

/** What happened to one end, in order. */
export type Happening =
  | { readonly kind: "paused"; readonly code: string }
  | { readonly kind: "resumed"; readonly transport: Transport }
  | { readonly kind: "control"; readonly control: Control };

/** How a pair is made. */
export interface SessionPairOptions {
  readonly clock?: Clock;
  readonly clientLimits?: Partial<Limits>;
  readonly serverLimits?: Partial<Limits>;
  /** The transports; in memory without. */
  readonly transports?: { readonly client: Transport; readonly server: Transport };
  /** What the client does with a stream. */
  readonly onStream?: (stream: TunnelStream) => void;
  /** Called when the client has lost its transport. */
  readonly onClientPaused?: () => void;
}

/** Two ends of a session. */
export class SessionPair implements AsyncDisposable {
  readonly clientPool: BlockPool = new BlockPool();
  readonly serverPool: BlockPool = new BlockPool();
  readonly clientHappenings: Happening[] = [];
  readonly serverHappenings: Happening[] = [];
  host!: SessionHost<string>;
  client!: ClientSession;
  server!: Session;

  /** Shakes hands. */
  static async connect(options: SessionPairOptions = {}): Promise<SessionPair> {
    const pair = new SessionPair();
    const clock = options.clock === undefined ? {} : { clock: options.clock };
    pair.host = new SessionHost<string>({
      agent: "server/test",
      limits: options.serverLimits ?? {},
      pool: pair.serverPool,
      ...clock,
      user: {
        authenticate: (hello) => Promise.resolve(hello.agent),
        reauthenticate: () => Promise.resolve(),
        onSession: (session) => {
          pair.server = session;
          return {
            onStream: () => {
              throw new Error("A client cannot open streams");
            },
            ...record(pair.serverHappenings),
          };
        },
      },
    });
    const { client, server } = options.transports ?? defaultTransports(options.clock);
    const accepted = pair.host.accept(server);
    const recorder = record(pair.clientHappenings);
    pair.client = await ClientSession.start(client, {
      agent: "client/test",
      limits: options.clientLimits ?? {},
      pool: pair.clientPool,
      ...clock,
      user: {
        ...recorder,
        onStream: options.onStream ?? ((stream) => stream.reset("refused")),
        onPaused: (cause) => {
          recorder.onPaused(cause);
          options.onClientPaused?.();
        },
      },
    });
    await accepted;
    return pair;
  }

  /** Moves the session to other transports. */
  async resume(transports: { client: Transport; server: Transport }): Promise<void> {
    const accepted = this.host.accept(transports.server);
    await this.client.resume(transports.client);
    await accepted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.session.close();
    this.server.close();
    await Promise.all([this.client.session.closed, this.server.closed]);
  }
}

function defaultTransports(clock: Clock | undefined): { client: Transport; server: Transport } {
  const { a, b } = memoryPair(clock === undefined ? {} : { clock });
  return { client: a, server: b };
}

function record(happenings: Happening[]) {
  return {
    onPaused: ({ code }: { code: string }) => void happenings.push({ kind: "paused", code }),
    onResumed: (transport: Transport) => void happenings.push({ kind: "resumed", transport }),
    onControl: (control: Control) => void happenings.push({ kind: "control", control }),
  };
}
