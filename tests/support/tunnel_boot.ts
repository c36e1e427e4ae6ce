/**
 * Real servers and clients in this process, on free ports, for tests from end to end:
 *
 * ```ts ignore
 * await using boot = await bootTunnel({ app: () => new Response("hello") });
 * const response = await boot.get("/path");
 *
 * await using server = await bootServer({ single: true });
 * await using client = await server.connect({ target: 3000, carrier: "tcp" });
 * ```
 *
 * @module
 */

import { connect, type ConnectOptions, type TunEvent, type Tunnel } from "../../client/mod.ts";
import {
  createServer,
  type Server,
  SERVER_DEFAULTS,
  type ServerConfig,
  type ServerDependencies,
} from "../../server/mod.ts";
import { CuttingRelay } from "./cutting_relay.ts";
import { EventLog } from "./event_log.ts";
import { RawConnection } from "./raw_connection.ts";

/** How a client reaches a server. */
export type BootCarrier = "upgrade" | "websocket" | "tcp";

/** Something that a server has logged. */
export interface LoggedEvent {
  readonly name: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

const ANY_PORT = { hostname: "127.0.0.1", port: 0 } as const;

/** A server, with a state directory of its own. */
export class BootedServer implements AsyncDisposable {
  /** What it is told; ports are those that it got. */
  config: ServerConfig;
  /** The server that runs. */
  server: Server;
  /** What it logged. */
  readonly log: EventLog<LoggedEvent>;
  readonly #dependencies: BootDependencies;

  /** Use {@linkcode bootServer}. */
  constructor(
    server: Server,
    config: ServerConfig,
    log: EventLog<LoggedEvent>,
    dependencies: BootDependencies,
  ) {
    this.server = server;
    this.config = config;
    this.log = log;
    this.#dependencies = dependencies;
  }

  /** Where visitors come to. */
  get port(): number {
    return this.server.httpAddress.port;
  }

  /** The endpoint for a client, perhaps by way of a relay. */
  endpoint(carrier: BootCarrier = "upgrade", port?: number): string {
    if (carrier === "tcp") return `tcp://127.0.0.1:${port ?? this.server.tunnelAddress.port}`;
    return `${carrier === "websocket" ? "ws" : "http"}://127.0.0.1:${port ?? this.port}`;
  }

  /** Connects a client; resolves when its tunnel is up. */
  async connect(options: BootClientOptions): Promise<BootedClient> {
    const { carrier = "upgrade", withRelay = false, onEvent, ...rest } = options;
    await using undo = new AsyncDisposableStack();
    const events = new EventLog<TunEvent>();
    const toPort = carrier === "tcp" ? this.server.tunnelAddress.port : this.port;
    const relay = withRelay ? undo.use(new CuttingRelay(toPort)) : undefined;
    const tunnel = await connect({
      endpoint: this.endpoint(carrier, relay?.port),
      configDirectory: null,
      ...rest,
      onEvent: (event) => {
        events.add(event);
        onEvent?.(event);
      },
    });
    undo.move();
    return new BootedClient(this, tunnel, events, relay);
  }

  /** Opens a connection as a visitor. */
  async visit(): Promise<RawConnection> {
    return await RawConnection.to(this.port);
  }

  /** Sends bytes as a visitor, and gives everything that came until the server closed. */
  async exchange(request: string): Promise<string> {
    using visitor = await this.visit();
    await visitor.send(request);
    return await visitor.takeToEnd();
  }

  /** Stops it, and starts another one with the same ports and the same state. */
  async restart(): Promise<void> {
    await this.server.stop({ now: true });
    this.server = await createServer(this.config, { ...this.#dependencies, log: logTo(this.log) });
  }

  /** Stops it, and removes its state. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop({ now: true });
    await Deno.remove(this.config.state, { recursive: true });
  }
}

/** What a client is told, and how it gets through. */
export interface BootClientOptions extends ConnectOptions {
  /** @default "upgrade" */
  readonly carrier?: BootCarrier;
  /** Puts a {@linkcode CuttingRelay} between client and server. @default false */
  readonly withRelay?: boolean;
}

/** A client whose tunnel is up. */
export class BootedClient implements AsyncDisposable {
  readonly server: BootedServer;
  readonly tunnel: Tunnel;
  /** What it reported. */
  readonly events: EventLog<TunEvent>;
  /** The `Host` of its tunnel. */
  readonly host: string;
  readonly #relay: CuttingRelay | undefined;

  /** Use {@linkcode BootedServer.connect}. */
  constructor(
    server: BootedServer,
    tunnel: Tunnel,
    events: EventLog<TunEvent>,
    relay: CuttingRelay | undefined,
  ) {
    this.server = server;
    this.tunnel = tunnel;
    this.events = events;
    this.#relay = relay;
    this.host = tunnel.url.replace(/^[a-z]+:\/\//, "");
  }

  /** What is between client and server, if the test has asked for it. */
  get relay(): CuttingRelay {
    if (this.#relay === undefined) throw new TypeError("Cannot cut: boot it `withRelay`");
    return this.#relay;
  }

  /** Waits for an event that is there, or comes. */
  async event(name: TunEvent["event"]): Promise<TunEvent> {
    return await this.events.first(({ event }) => event === name);
  }

  /** Sends a request as a visitor: `await (await client.request("GET /path", "X: y")).text()`. */
  async request(
    requestLine: string,
    { lines = [], body }: { readonly lines?: readonly string[]; readonly body?: string } = {},
  ): Promise<RawAnswer> {
    const length = body === undefined ? [] : [`Content-Length: ${body.length}`];
    const head = [`${requestLine} HTTP/1.1`, `Host: ${this.host}`, "Connection: close"];
    const request = [...head, ...lines, ...length, "", body ?? ""].join("\r\n");
    return parseAnswer(await this.server.exchange(request));
  }

  /** GETs a path as a visitor. */
  async get(path = "/", ...lines: string[]): Promise<RawAnswer> {
    return await this.request(`GET ${path}`, { lines });
  }

  /** Ends the tunnel, and what was put in between. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.tunnel.close();
    await this.#relay?.[Symbol.asyncDispose]();
  }
}

/** A response, as text with one character a byte. */
export interface RawAnswer {
  /** All of it. */
  readonly text: string;
  /** Its last status that is not informational. */
  readonly status: number;
  /** The lines of that response's head, without the first. */
  readonly lines: readonly string[];
  /** The first value of a header. */
  header(name: string): string | undefined;
  /** Its body, with the chunked coding taken off. */
  readonly body: string;
}

/** Takes a whole response apart, after those 1xx that went before it. */
export function parseAnswer(text: string): RawAnswer {
  let at = 0;
  for (;;) {
    const end = text.indexOf("\r\n\r\n", at);
    if (end === -1) throw new Error(`Not a response: ${JSON.stringify(text.slice(0, 300))}`);
    const [first = "", ...lines] = text.slice(at, end).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    at = end + 4;
    if (status < 200 && status !== 101) continue;
    const header = (name: string) =>
      lines.find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
        ?.slice(name.length + 1).trim();
    const isChunked = header("transfer-encoding") === "chunked";
    const body = isChunked ? unchunk(text.slice(at)) : text.slice(at);
    return { text, status, lines, header, body };
  }
}

/** A chunked body without its coding. */
export function unchunk(text: string): string {
  let body = "";
  for (let at = 0;;) {
    const end = text.indexOf("\r\n", at);
    const size = parseInt(text.slice(at, end), 16);
    if (end === -1 || Number.isNaN(size)) throw new Error("The chunked body is not whole");
    if (size === 0) return body;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

/** Starts a server on free ports, without auth unless `config` says otherwise. */
export async function bootServer(
  config: Partial<ServerConfig> = {},
  dependencies: BootDependencies = {},
): Promise<BootedServer> {
  const log = new EventLog<LoggedEvent>();
  const whole: ServerConfig = {
    ...SERVER_DEFAULTS,
    http: ANY_PORT,
    tunnel: ANY_PORT,
    admin: ANY_PORT,
    auth: { kind: "none" },
    state: await Deno.makeTempDir({ prefix: "tun-test-" }),
    ...config,
  };
  const server = await createServer(whole, { ...dependencies, log: logTo(log) });
  const [http, tunnel, admin] = [server.httpAddress, server.tunnelAddress, server.adminAddress]
    .map(({ hostname, port }) => ({ hostname, port })) as [Addr, Addr, Addr];
  return new BootedServer(server, { ...whole, http, tunnel, admin }, log, dependencies);
}

/** What a booted server is given beside its settings. */
export type BootDependencies = Omit<ServerDependencies, "log">;

type Addr = { hostname: string; port: number };

function logTo(log: EventLog<LoggedEvent>) {
  const event = (name: string, fields: LoggedEvent["fields"] = {}) => log.add({ name, fields });
  return { event };
}

/** A server and a client; {@linkcode bootTunnel} makes one. */
export class BootedTunnel extends BootedClient {
  readonly #undo: AsyncDisposableStack;

  /** Use {@linkcode bootTunnel}. */
  constructor(client: BootedClient, relay: CuttingRelay | undefined, undo: AsyncDisposableStack) {
    super(client.server, client.tunnel, client.events, relay);
    this.#undo = undo;
  }

  /** Ends the client, then the server, then the app. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo[Symbol.asyncDispose]();
  }
}

/** What {@linkcode bootTunnel} starts: an app of the test's own, or a function that answers. */
export type BootTunnelOptions =
  & Omit<BootClientOptions, "target">
  & { readonly server?: Partial<ServerConfig> }
  & (
    | { readonly target: number | string; readonly app?: never }
    | { readonly app: (request: Request) => Response | Promise<Response>; readonly target?: never }
  );

/** Starts a server and a client, and `app` under `Deno.serve` if it is given. */
export async function bootTunnel(options: BootTunnelOptions): Promise<BootedTunnel> {
  const { server: config, app, target, ...client } = options;
  await using undo = new AsyncDisposableStack();
  const local = app === undefined
    ? undefined
    : undo.use(Deno.serve({ ...ANY_PORT, onListen: () => {} }, app));
  const server = undo.use(await bootServer(config));
  const booted = undo.use(await server.connect({ ...client, target: target ?? local!.addr.port }));
  const relay = client.withRelay ? booted.relay : undefined;
  return new BootedTunnel(booted, relay, undo.move());
}
