/**
 * The route to a tunnel whose client is connected to this process.
 *
 * @module
 */

import {
  type AccessRules,
  type Clock,
  type OpenHead,
  type Session,
  SessionClosed,
  type TunnelStream,
} from "@tun/protocol";
import { BoundedPlaces } from "../routing/bounded_places.ts";
import {
  type Admission,
  type Places,
  type Route,
  type RouteOpen,
  RouteUnusable,
} from "../routing/route.ts";

/** What the client asked for with its claim. */
export interface TunnelOptions {
  /** Requests at once. */
  readonly concurrency: number;
  /** How long the app may take to the head of its response. */
  readonly requestTimeoutMs: number;
  /** Who may visit; absent: everybody. */
  readonly access?: AccessRules | undefined;
}

/** Why a tunnel is taken away. */
export type WithdrawReason =
  /** Its client has come back with another session; nobody listens on this one. */
  | "orphan"
  /** Another client of the same owner has claimed it. */
  | "displaced"
  /** An operator wants it so. */
  | "removed"
  /** The grant of its session no longer covers it. */
  | "not_permitted";

/** Streams are looked through for those that are over when there are twice as many as last time. */
const LEAST_TRACKED = 64;

/** One tunnel of a session. */
export class LocalRoute implements Route {
  readonly places: Places;
  readonly requestTimeoutMs: number;
  /** The session that carries it. */
  readonly session: Session;
  /** The client's number for it. */
  readonly tunnel: number;
  /** When it was claimed, on the wall. */
  readonly since: number;
  /** Its name or port, once it has one. */
  name = "";
  readonly access: AccessRules | undefined;
  admission: Admission | undefined;
  /** Called when the tunnel is taken away from its session. */
  onWithdrawn: (reason: WithdrawReason) => void = () => {};
  readonly #clock: Clock;
  #streams: TunnelStream[] = [];
  #trackLimit = LEAST_TRACKED;
  #requests = 0;
  /** Of streams that are no longer tracked. */
  #sentBefore = 0;
  #receivedBefore = 0;
  /** Made when somebody waits: empty sets were a fiftieth of what an idle tunnel costs. */
  #waiting: Set<() => void> | undefined;

  /** Makes a route; it has a name once its claim is granted. */
  constructor(
    session: Session,
    tunnel: number,
    options: TunnelOptions,
    { clock, since }: { readonly clock: Clock; readonly since: number },
  ) {
    this.session = session;
    this.tunnel = tunnel;
    this.since = since;
    this.#clock = clock;
    this.requestTimeoutMs = options.requestTimeoutMs;
    this.access = options.access;
    this.places = new BoundedPlaces(options.concurrency, clock);
  }

  get isPaused(): boolean {
    return this.session.state === "paused";
  }

  get roundTripMs(): number {
    return this.session.roundTripMs;
  }

  /** Streams that were opened so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Streams that are open. */
  get openStreams(): number {
    return this.#streams.reduce((count, stream) => count + Number(!stream.isClosed), 0);
  }

  async whenUsable(ms: number): Promise<boolean> {
    if (this.session.state === "paused") {
      await new Promise<void>((resolve) => {
        const settle = () => {
          waiting.delete(settle);
          timer.cancel();
          resolve();
        };
        const timer = this.#clock.schedule(ms, settle);
        const waiting = this.#waiting ??= new Set();
        waiting.add(settle);
      });
    }
    return this.session.state === "connected";
  }

  open(head: RouteOpen, body?: Uint8Array, fin?: boolean): TunnelStream {
    if (!this.session.canOpen) throw new RouteUnusable(this.session.end ? "gone" : "full");
    const stream = this.#open({ ...head, tunnel: this.tunnel }, body, fin);
    this.#requests++;
    if (this.#streams.length >= this.#trackLimit) {
      this.#streams = this.#streams.filter((one) => this.#isTracked(one));
      this.#trackLimit = Math.max(LEAST_TRACKED, 2 * this.#streams.length);
    }
    this.#streams.push(stream);
    return stream;
  }

  /** Bytes of requests and connections that went to the client, also of those under way. */
  get sentBytes(): number {
    return this.#streams.reduce((bytes, stream) => bytes + stream.sentBytes, this.#sentBefore);
  }

  /** The same the other way. */
  get receivedBytes(): number {
    return this.#streams.reduce(
      (bytes, stream) => bytes + stream.receivedBytes,
      this.#receivedBefore,
    );
  }

  /** Those who wait for the session look again. */
  wakeWaiting(): void {
    for (const settle of this.#waiting ?? []) settle();
  }

  /** Ends what is still under way. */
  resetStreams(): void {
    for (const stream of this.#streams) {
      stream.reset("tunnel_gone");
      this.#keepFigures(stream);
    }
    this.#streams = [];
  }

  #isTracked(stream: TunnelStream): boolean {
    if (stream.isClosed) this.#keepFigures(stream);
    return !stream.isClosed;
  }

  #keepFigures({ sentBytes, receivedBytes }: TunnelStream): void {
    this.#sentBefore += sentBytes;
    this.#receivedBefore += receivedBytes;
  }

  #open(head: OpenHead, body: Uint8Array | undefined, fin: boolean | undefined): TunnelStream {
    try {
      return this.session.open(head, body, fin);
    } catch (cause) {
      if (cause instanceof SessionClosed) throw new RouteUnusable("gone", { cause });
      if (cause instanceof RangeError) throw new RouteUnusable("too_large", { cause });
      throw cause;
    }
  }
}
