/**
 * A visitor, an ingress connection and a tunnel with a scripted app, all in memory,
 * on simulated time.
 *
 * @module
 */

import {
  memoryPair,
  type ResponseHead,
  type Transport,
  TransportError,
  type TunnelStream,
} from "../../protocol/mod.ts";
import { forwardRequest } from "../../protocol/http1/mod.ts";
import { SessionPair } from "./session_pair.ts";
import { SimulatedClock } from "./simulated_clock.ts";
import { LocalRoute } from "../../server/control/local_route.ts";
import { Deadlines } from "../../server/ingress/deadlines.ts";
import { exchange } from "../../server/ingress/exchange_entry.ts";
import type { ExchangeEnd } from "../../server/ingress/exchange_sides.ts";
import { VisitorConnection } from "../../server/ingress/visitor_connection.ts";

const ascii = new TextEncoder();
const latin1 = new TextDecoder("latin1");

/** What the app does with a request. */
export type App = (stream: TunnelStream) => void | Promise<void>;

/** How a world differs from the usual. */
export interface WorldOptions {
  readonly concurrency?: number;
  readonly requestTimeoutMs?: number;
  readonly maxBody?: number;
  readonly idleTimeoutMs?: number;
  /** What a visitor may leave unread before a write waits. */
  readonly inFlightBytes?: number;
  /** The route to the tunnel now, if another one than the first. */
  readonly current?: () => LocalRoute | undefined;
}

/** Everything between a visitor and an app. */
export class World implements AsyncDisposable {
  readonly clock: SimulatedClock = new SimulatedClock();
  readonly ends: ExchangeEnd[] = [];
  readonly route: LocalRoute;
  readonly visitor: Transport;
  readonly served: Promise<void>;
  readonly pair: SessionPair;
  readonly connection: VisitorConnection;
  readonly #deadlines: Deadlines;
  isStopping = false;
  #received = "";

  private constructor(pair: SessionPair, clock: SimulatedClock, options: WorldOptions) {
    this.pair = pair;
    this.clock = clock;
    const { concurrency = 100, requestTimeoutMs = 25_000 } = options;
    const tunnel = { concurrency, requestTimeoutMs };
    this.route = new LocalRoute(pair.server, 0, tunnel, { clock, since: 0 });
    this.#deadlines = new Deadlines(clock);
    const { inFlightBytes } = options;
    const { a, b } = memoryPair({ clock, ...(inFlightBytes !== undefined && { inFlightBytes }) });
    this.visitor = a;
    this.connection = new VisitorConnection(b, {
      deadlines: this.#deadlines,
      idleTimeoutMs: options.idleTimeoutMs ?? 25_000,
      maxBody: options.maxBody ?? Infinity,
      isStopping: () => this.isStopping,
      now: () => clock.now(),
      onBadRequest: () => "an-id",
      handle: ({ head, body, writer, connection }, listener) => {
        writer.requestId = "an-id";
        connection.watch.route = this.route;
        const forwarding = { peer: "192.0.2.7", scheme: "http", trusted: false } as const;
        const fields = forwardRequest(head, forwarding).toBytes();
        const from = { visitor: "192.0.2.7:1", ip: "192.0.2.7", scheme: "http" } as const;
        const request = { head, body, fields, ...from };
        const current = options.current ?? (() => undefined);
        const sides = { request, sink: writer, watch: connection.watch, current };
        exchange(sides, this.route, listener);
      },
      onEnd: (_request, end) => void this.ends.push(end),
    });
    this.served = this.connection.serve();
  }

  /** Makes a world in which `app` answers. */
  static async with(app: App, options: WorldOptions = {}): Promise<World> {
    const clock = new SimulatedClock();
    const connected = SessionPair.connect({ clock, onStream: (stream) => void app(stream) });
    return new World(await clock.runUntil(connected), clock, options);
  }

  /** The visitor sends text. */
  async send(text: string): Promise<void> {
    await this.visitor.write(ascii.encode(text));
    await this.clock.advance(0);
  }

  /** Everything that the visitor receives until `isEnough`, or the connection ends. */
  async receive(isEnough: (text: string) => boolean = () => false): Promise<string> {
    while (!isEnough(this.#received)) {
      const piece = await this.clock.runUntil(this.#read());
      if (piece === null) break;
      this.#received += latin1.decode(piece);
    }
    const received = this.#received;
    this.#received = "";
    return received;
  }

  /** On a real connection a broken one looks like an ended one from here. */
  async #read(): Promise<Uint8Array | null> {
    try {
      return await this.visitor.read();
    } catch (error) {
      if (error instanceof TransportError) return null;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.visitor.close();
    await this.clock.runUntil(this.served);
    this.#deadlines[Symbol.dispose]();
    this.pair.client.session.close();
    this.pair.server.close();
    await this.clock.advance(2_000);
  }
}

/** A head of a response with these lines. */
export function responseHead(status: number, ...lines: string[]): ResponseHead {
  const headers = ascii.encode(lines.map((line) => `${line}\r\n`).join(""));
  return { status, minorVersion: 1, reason: "OK", headers };
}

/** Reads a stream to its end. */
export async function readAll(stream: TunnelStream): Promise<string> {
  let text = "";
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
    text += latin1.decode(piece);
  }
  return text;
}
