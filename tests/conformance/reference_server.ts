/**
 * The least server that passes `deno task conformance --server`, on
 * {@linkcode SessionHost}: whoever claims a tunnel gets all visitors.
 *
 * @module
 */

import {
  type Claim,
  type Control,
  HandshakeRefused,
  type Limits,
  type Session,
  SessionHost,
} from "@tun/protocol";
import { TcpTransport } from "../../protocol/transport/tcp.ts";
import { serveVisitor } from "./reference_visit.ts";

/** What a server is made with. */
export interface ReferenceServerOptions {
  /** Where tunnels come in. @default {0} */
  readonly port?: number;
  /** Where visitors come in. @default {0} */
  readonly visitPort?: number;
  /** The token that clients must say. */
  readonly token?: string;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<Limits>;
}

/** A server on 127.0.0.1. */
export class ReferenceServer implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #visits: Deno.TcpListener;
  readonly #host: SessionHost<void>;
  /** What is going on, to be waited for. */
  readonly #work = new Set<Promise<unknown>>();
  readonly #connections = new Set<Deno.Conn>();
  readonly #tcpListeners = new Map<Session, Deno.TcpListener>();
  #current: { session: Session; tunnel: number } | undefined;

  /** Starts to listen. */
  constructor({ port = 0, visitPort = 0, token, limits = {} }: ReferenceServerOptions = {}) {
    this.#host = new SessionHost({
      agent: "tun-reference/1",
      limits,
      user: {
        authenticate: (hello) => this.#authenticate(token, hello.token),
        reauthenticate: (_session, said) => this.#authenticate(token, said),
        onSession: (session) => {
          this.#track(session.closed.then(() => this.#forget(session)));
          return {
            onStream: () => {},
            onPaused: () => {},
            onResumed: () => {},
            onControl: (control) => this.#onControl(session, control),
          };
        },
      },
    });
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#visits = Deno.listen({ hostname: "127.0.0.1", port: visitPort });
    this.#track(this.#serve(this.#listener, (conn) => this.#host.accept(new TcpTransport(conn))));
    this.#track(
      this.#serve(this.#visits, (conn) => serveVisitor(conn, () => this.#current)),
    );
  }

  /** The port where tunnels come in. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Where visitors go. */
  get url(): string {
    return `http://127.0.0.1:${this.#visits.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#visits.close();
    for (const session of this.#host.sessions) session.close("going_away");
    for (const conn of this.#connections) {
      try {
        conn.close();
      } catch {
        // It is gone already.
      }
    }
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }

  #authenticate(wanted: string | undefined, said: string | undefined): Promise<void> {
    if (wanted === undefined || wanted === said) return Promise.resolve();
    return Promise.reject(new HandshakeRefused("token_refused", "This is not the token"));
  }

  #onControl(session: Session, control: Control): void {
    switch (control.type) {
      case "claim":
        return this.#onClaim(session, control);
      case "auth":
        return session.sendControl({ type: "auth_result", ok: true });
      case "goaway":
        this.#track(session.drained().then(() => session.close("going_away")));
    }
  }

  #onClaim(session: Session, { tunnel, kind, name = "conformance" }: Claim): void {
    if (kind === "http") this.#current = { session, tunnel };
    const url = kind === "http" ? this.url : this.#listenTcp(session, tunnel);
    session.sendControl({ type: "claimed", tunnel, name, url, generation: 1 });
  }

  #listenTcp(session: Session, tunnel: number): string {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#tcpListeners.get(session)?.close();
    this.#tcpListeners.set(session, listener);
    this.#track(this.#serve(listener, (conn) => serveBytes(conn, session, tunnel)));
    return `tcp://127.0.0.1:${listener.addr.port}`;
  }

  #forget(session: Session): void {
    this.#tcpListeners.get(session)?.close();
    this.#tcpListeners.delete(session);
    if (this.#current?.session === session) this.#current = undefined;
  }

  async #serve(
    listener: Deno.TcpListener,
    handle: (conn: Deno.TcpConn) => Promise<unknown>,
  ): Promise<void> {
    for await (const conn of listener) {
      if (listener !== this.#listener) this.#connections.add(conn);
      this.#track(handle(conn).finally(() => this.#connections.delete(conn)));
    }
  }

  #track(work: Promise<unknown>): void {
    const done = work.catch(() => {}).finally(() => this.#work.delete(done));
    this.#work.add(done);
  }
}

/** Carries the bytes of one connection both ways. */
async function serveBytes(conn: Deno.TcpConn, session: Session, tunnel: number): Promise<void> {
  const { hostname, port } = conn.remoteAddr;
  using stream = session.open({ kind: "tcp", tunnel, visitor: `${hostname}:${port}` });
  const down = (async () => {
    for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
      for (let at = 0; at < piece.length;) at += await conn.write(piece.subarray(at));
    }
    await conn.closeWrite();
  })().catch(() => {
    try {
      conn.close();
    } catch {
      // It is gone already.
    }
  });
  try {
    for await (const piece of conn.readable) await stream.write(piece);
    await stream.end();
  } catch {
    stream.reset("cancelled");
  }
  await down;
}

if (import.meta.main) {
  const server = new ReferenceServer({ port: Number(Deno.args[0] ?? 7000) });
  const line = `tunnels at 127.0.0.1:${server.port}, visitors at ${server.url}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(line));
}
