/**
 * The front for visitors: accepts connections and hands each request to the tunnel,
 * or the page, that its host belongs to.
 *
 * @module
 */

import { type Clock, describeAddress, TcpTransport } from "@tun/protocol";
import type { CapReason, ConnectionCaps } from "../admission/connection_caps.ts";
import { Deadlines } from "./deadlines.ts";
import { RequestDesk, type RequestRules } from "./request_desk.ts";
import { RequestIds } from "./request_id.ts";
import type { BadRequest } from "./request_record.ts";
import { VisitorConnection } from "./visitor_connection.ts";

/** What the ingress is made with. */
export interface HttpIngressOptions extends RequestRules {
  /** Connections that visitors may have. */
  readonly caps: ConnectionCaps;
  /** Told of a connection that was turned away. */
  readonly onCapped: (reason: CapReason) => void;
  /** How long a visitor may stall. */
  readonly idleTimeoutMs: number;
  /** Bytes of a request's body at most. */
  readonly maxBody: number;
  /** Time. */
  readonly clock: Clock;
  /** Told of what was no request. */
  readonly onBadRequest: (record: BadRequest) => void;
  /** Told of a fault of our own, which has cost one connection. */
  readonly onFault: (error: unknown) => void;
}

/** Visitors' connections. */
export class HttpIngress implements Disposable {
  readonly #options: HttpIngressOptions;
  readonly #deadlines: Deadlines;
  readonly #connections = new Set<VisitorConnection>();
  readonly #ids = new RequestIds();
  readonly #now: () => number;
  #isStopping = false;

  /** Makes an ingress without listeners. */
  constructor(options: HttpIngressOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock);
    this.#now = () => options.clock.now();
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Connections that may yet want something of a client. */
  get waiting(): number {
    let count = 0;
    for (const { watch } of this.#connections) count += Number(!watch.isUnderWay);
    return count;
  }

  /** Accepts connections until the listener is closed. */
  async listen(listener: Deno.Listener, scheme: "http" | "https"): Promise<void> {
    for await (const conn of accepted(listener, this.#options.clock)) {
      this.#serve(conn, scheme);
    }
  }

  /** Takes what is on its way and nothing more: each connection closes behind its next response. */
  stop(): void {
    this.#isStopping = true;
    for (const connection of this.#connections) connection.stop();
  }

  /** Closes everything. */
  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection.transport.close();
    this.#deadlines[Symbol.dispose]();
  }

  async #serve(conn: Deno.Conn, scheme: "http" | "https"): Promise<void> {
    const transport = new TcpTransport(conn, { kind: "upgrade" });
    const ip = (conn.remoteAddr as Deno.NetAddr).hostname;
    const desk = new RequestDesk({
      rules: this.#options,
      peer: { ip, scheme },
      ids: this.#ids,
      now: this.#now,
    });
    const connection = new VisitorConnection(transport, {
      deadlines: this.#deadlines,
      idleTimeoutMs: this.#options.idleTimeoutMs,
      maxBody: this.#options.maxBody,
      isStopping: () => this.#isStopping,
      now: this.#now,
      handle: (request, listener) => desk.handle(request, listener),
      onEnd: (request, end) => desk.onEnd(request, end),
      onBadRequest: (code, status) => {
        const id = this.#ids.next();
        this.#options.onBadRequest({ id, visitor: ip, status, code });
        return id;
      },
    });
    const seat = this.#options.caps.take(ip, connection);
    if (typeof seat === "string") {
      // Before TLS and without a word: this must cost less than it costs whoever knocks.
      transport.close();
      return this.#options.onCapped(seat);
    }
    this.#connections.add(connection);
    try {
      await connection.serve();
    } catch (error) {
      this.#options.onFault(error);
    } finally {
      this.#connections.delete(connection);
      seat[Symbol.dispose]();
    }
  }
}

/** How long to pause when the system has no room for another connection. */
const ACCEPT_RETRY_MS = 100;

/** The connections of a listener, until it is closed. */
export async function* accepted(
  listener: Deno.Listener,
  clock: Clock,
): AsyncGenerator<Deno.Conn, void, undefined> {
  for (;;) {
    try {
      yield await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
        return;
      }
      // A failed TLS handshake, or no descriptors left: neither ends the listener.
      if (
        !(error instanceof Deno.errors.InvalidData || error instanceof Deno.errors.ConnectionReset)
      ) {
        await new Promise<void>((resolve) => clock.schedule(ACCEPT_RETRY_MS, resolve));
      }
    }
  }
}

/** Where a connection comes from. */
export function peerOf(conn: Deno.Conn): string {
  return describeAddress(conn.remoteAddr);
}
