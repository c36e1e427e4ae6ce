/**
 * A server without an ingress, and apps that are nothing but bytes, for tests of the client.
 *
 * @module
 */

import { Agent, type AgentOptions } from "../../client/agent.ts";
import type { AgentTunnel } from "../../client/agent/tunnel.ts";
import { parseEndpoint } from "../../client/address/endpoint.ts";
import { parseTarget } from "../../client/address/target.ts";
import type { TunEvent } from "../../client/events.ts";
import { Dialer } from "../../client/dial/dialer.ts";
import { HttpForwarder, type HttpForwarderOptions } from "../../client/forward/http.ts";
import {
  type Claim,
  type Control,
  type Hello,
  type HostUser,
  type HttpOpen,
  type Limits,
  type Session,
  SessionHost,
  TcpTransport,
  type Transport,
  type TunnelStream,
} from "../../protocol/mod.ts";

/** Text as bytes, one a character. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Bytes as text, one character a byte. */
export function text(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Things that happen, to be waited for. */
export class Happenings<T> {
  readonly all: T[] = [];
  readonly #waiting: { test: (item: T) => boolean; resolve: (item: T) => void }[] = [];

  readonly add = (item: T): void => {
    this.all.push(item);
    for (const { test, resolve } of this.#waiting) if (test(item)) resolve(item);
  };

  /** The first that fits, now or later. */
  first(test: (item: T) => boolean): Promise<T> {
    const found = this.all.find(test);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => this.#waiting.push({ test, resolve }));
  }
}

/** How a scripted server behaves. */
export interface ScriptedServerOptions {
  readonly limits?: Partial<Limits>;
  readonly authenticate?: HostUser<null>["authenticate"];
  /** Answers a claim; says yes without. */
  readonly onClaim?: (claim: Claim) => Control | undefined;
}

/** The server's end of sessions over TCP. */
export class ScriptedServer implements AsyncDisposable {
  readonly listener: Deno.TcpListener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly hellos: Hello[] = [];
  readonly sessions: Happenings<Session> = new Happenings();
  readonly controls: Happenings<Control> = new Happenings();
  readonly transports: Transport[] = [];
  host: SessionHost<null>;
  readonly #options: ScriptedServerOptions;
  #generation = 0;
  #accepting: Promise<void>;

  constructor(options: ScriptedServerOptions = {}) {
    this.#options = options;
    this.host = this.newHost();
    this.#accepting = this.#accept();
  }

  get port(): number {
    return this.listener.addr.port;
  }

  get endpoint(): string {
    return `tcp://127.0.0.1:${this.port}`;
  }

  /** As after a restart: nothing is known of sessions that were there. */
  newHost(): SessionHost<null> {
    return new SessionHost<null>({
      agent: "server/test",
      limits: this.#options.limits ?? {},
      user: {
        authenticate: (hello, transport) => {
          this.hellos.push(hello);
          return this.#options.authenticate?.(hello, transport) ?? Promise.resolve(null);
        },
        reauthenticate: () => Promise.resolve(),
        onSession: (session) => {
          this.sessions.add(session);
          return {
            onStream: () => {},
            onPaused: () => {},
            onResumed: () => {},
            onControl: (control) => this.#onControl(session, control),
          };
        },
      },
    });
  }

  get session(): Session {
    return this.sessions.all.at(-1)!;
  }

  /** Breaks all connections, as the network does. */
  cut(): void {
    for (const transport of this.transports.splice(0)) transport.close();
  }

  /** Sends a request through the tunnel. */
  request(
    requestLine: string,
    lines: readonly string[] = [],
    body?: string,
    fin = true,
  ): TunnelStream {
    const [method = "", target = ""] = requestLine.split(" ");
    const head: HttpOpen = {
      kind: "http",
      tunnel: 0,
      visitor: "192.0.2.7:51234",
      scheme: "http",
      minorVersion: 1,
      method,
      target,
      authority: "shop.example.com",
      headers: bytes(["Host: shop.example.com", ...lines].map((line) => `${line}\r\n`).join("")),
    };
    return this.session.open(head, body === undefined ? undefined : bytes(body), fin);
  }

  #onControl(session: Session, control: Control): void {
    this.controls.add(control);
    if (control.type !== "claim") return;
    const { onClaim } = this.#options;
    const answer = onClaim === undefined ? this.claimed(control) : onClaim(control);
    if (answer !== undefined) session.sendControl(answer);
  }

  claimed({ tunnel, name = "random", kind }: Claim): Control {
    const url = kind === "http" ? `http://${name}.localhost` : "tcp://localhost:20000";
    const given = kind === "http" ? name : "20000";
    return { type: "claimed", tunnel, name: given, url, generation: ++this.#generation };
  }

  async #accept(): Promise<void> {
    for await (const conn of this.listener) {
      const transport = new TcpTransport(conn);
      this.transports.push(transport);
      this.host.accept(transport);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listener.close();
    await this.#accepting.catch(() => {});
    for (const session of this.sessions.all) session.close("normal");
    await Promise.all(this.sessions.all.map(({ closed }) => closed));
    this.cut();
  }
}

/** A connection to an app, with everything that came over it. */
export class AppConn implements Disposable {
  /** What came so far. */
  received = "";
  /** How the app's reads ended, once they have. */
  readonly ended: Promise<"end" | "broken">;
  readonly #conn: Deno.Conn;
  readonly #arrivals: (() => void)[] = [];

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
    this.ended = this.#read();
  }

  async #read(): Promise<"end" | "broken"> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const size = await this.#conn.read(buffer);
        if (size === null) return "end";
        this.received += text(buffer.subarray(0, size));
        for (const wake of this.#arrivals.splice(0)) wake();
      }
    } catch {
      return "broken";
    } finally {
      for (const wake of this.#arrivals.splice(0)) wake();
    }
  }

  /** Waits until what came ends with `end`, and forgets it. */
  async until(end: string): Promise<string> {
    let isOver = false;
    this.ended.then(() => isOver = true);
    while (!this.received.endsWith(end)) {
      if (isOver) throw new Error(`The connection ended after ${JSON.stringify(this.received)}`);
      const arrival = new Promise<void>((resolve) => this.#arrivals.push(resolve));
      await Promise.race([arrival, this.ended]);
    }
    const { received } = this;
    this.received = "";
    return received;
  }

  /** Waits until so many bytes came, and forgets them. */
  async take(size: number): Promise<string> {
    while (this.received.length < size) {
      await new Promise<void>((resolve) => this.#arrivals.push(resolve));
    }
    const { received } = this;
    this.received = "";
    return received;
  }

  /** Sends text. */
  async send(data: string): Promise<void> {
    const all = bytes(data);
    for (let at = 0; at < all.length;) at += await this.#conn.write(all.subarray(at));
  }

  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // Closed by the test already.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** An app: whatever a test does with the connections that come. */
export class RawApp implements AsyncDisposable {
  readonly listener: Deno.Listener;
  readonly conns: AppConn[] = [];

  constructor(listener: Deno.Listener = Deno.listen({ hostname: "127.0.0.1", port: 0 })) {
    this.listener = listener;
  }

  get port(): number {
    return (this.listener.addr as Deno.NetAddr).port;
  }

  /** The next connection. */
  async accept(): Promise<AppConn> {
    const conn = new AppConn(await this.listener.accept());
    this.conns.push(conn);
    return conn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const conn of this.conns) conn.close();
    await Promise.all(this.conns.map(({ ended }) => ended));
    this.listener.close();
  }
}

/** What of a tunnel's forwarder a test sets. */
export type ForwardOptions = Partial<Omit<HttpForwarderOptions, "target" | "report">>;

/** A client with one tunnel. */
export class TestClient implements AsyncDisposable {
  readonly events: Happenings<TunEvent> = new Happenings();
  readonly agent: Agent;
  readonly #forwarder: Disposable | undefined;

  constructor(
    endpoint: string,
    tunnels: (report: (event: TunEvent) => void) => {
      readonly tunnels: readonly AgentTunnel[];
      readonly forwarder?: Disposable;
    },
    options: Partial<AgentOptions> = {},
  ) {
    const made = tunnels(this.events.add);
    this.#forwarder = made.forwarder;
    this.agent = new Agent({
      dialer: new Dialer({
        endpoint: parseEndpoint(endpoint),
        connectTimeoutMs: 5_000,
        winners: new Map(),
      }),
      tunnels: made.tunnels,
      agent: "client/test",
      report: this.events.add,
      random: () => 0,
      ...options,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.stop(0);
    this.#forwarder?.[Symbol.dispose]();
  }
}

/** A tunnel that leads nowhere. */
export function idleTunnel(parts: Partial<AgentTunnel> = {}): AgentTunnel {
  return {
    kind: "http",
    key: "test",
    options: {},
    handle: (stream) => stream.reset("refused"),
    ...parts,
  };
}

/** A client whose HTTP tunnel leads to `target`; resolves when it is up. */
export async function forwardTo(
  target: string,
  server: ScriptedServer,
  options: ForwardOptions = {},
): Promise<TestClient> {
  const client = new TestClient(server.endpoint, (report) => {
    const forwarder = new HttpForwarder({
      insecure: false,
      connectTimeoutMs: 5_000,
      requestTimeoutMs: 5_000,
      ...options,
      target: parseTarget(target, "http"),
      report,
    });
    return {
      forwarder,
      tunnels: [idleTunnel({ handle: (stream) => forwarder.handle(stream) })],
    };
  });
  await client.events.first(({ event }) => event === "ready");
  return client;
}

/** A final answer, read to its end. */
export interface ReadAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: string;
  readonly body: string;
  readonly trailers: string | undefined;
}

/** Reads an answer, with the statuses of those before it. */
export async function readAnswer(
  stream: TunnelStream,
): Promise<ReadAnswer & { readonly informational: readonly number[] }> {
  const informational: number[] = [];
  let head = await stream.nextResponse();
  while (head.status < 200 && head.status !== 101) {
    informational.push(head.status);
    head = await stream.nextResponse();
  }
  const body = await readBody(stream);
  const { status, reason } = head;
  const trailers = stream.trailers === undefined ? undefined : text(stream.trailers);
  return { status, reason, headers: text(head.headers), body, trailers, informational };
}

/** Reads a stream to its end. */
export async function readBody(stream: TunnelStream): Promise<string> {
  let body = "";
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
    body += text(piece);
  }
  return body;
}
