/**
 * Both programs as processes that record traces, with the permissions that are baked into the
 * executables; between them a visitor and an app whose bytes are the test's, and a collector.
 *
 * @module
 */

import { permissionFlags, type Program, PROGRAMS } from "../../scripts/build/programs.ts";
import { RawApp } from "../e2e/client_harness.ts";
import { ProgramProcess } from "../e2e/endurance_process.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { OtlpReceiver } from "./otlp_receiver.ts";
import type { ReceivedSpan } from "./otlp_spans.ts";

const [TUN, TUN_SERVER] = PROGRAMS as readonly [Program, Program];

/** The spans that one request has left. */
export interface SpanPair {
  readonly edge: ReceivedSpan;
  readonly client: ReceivedSpan;
}

/** What differs from a world in which both programs record everything. */
export interface TraceWorldOptions {
  /** More variables of the server, or others. */
  readonly server?: Readonly<Record<string, string>>;
  /** More variables of the client, or others. */
  readonly client?: Readonly<Record<string, string>>;
}

/** Everything that a trace passes. */
export class TraceWorld implements AsyncDisposable {
  readonly receiver: OtlpReceiver;
  readonly app: RawApp;
  /** Where visitors come to. */
  readonly port: number;
  readonly #programs: readonly ProgramProcess[];
  readonly #undo: AsyncDisposableStack;

  private constructor(
    receiver: OtlpReceiver,
    app: RawApp,
    port: number,
    programs: readonly ProgramProcess[],
    undo: AsyncDisposableStack,
  ) {
    this.receiver = receiver;
    this.app = app;
    this.port = port;
    this.#programs = programs;
    this.#undo = undo;
  }

  /** Starts everything; the tunnel's host is `app.localhost`. */
  static async start(options: TraceWorldOptions = {}): Promise<TraceWorld> {
    await using undo = new AsyncDisposableStack();
    const directory = undo.adopt(
      await Deno.makeTempDir({ prefix: "tun-trace-" }),
      (path) => Deno.remove(path, { recursive: true }),
    );
    const receiver = undo.use(new OtlpReceiver());
    const app = undo.use(new RawApp());
    const listen = ["http", "tunnel", "admin"].flatMap((name) => [`--${name}`, "127.0.0.1:0"]);
    const server = undo.use(ProgramProcess.start(
      "server/main.ts",
      ["--no-auth", "--log", "json", "--state", `${directory}/state`, ...listen],
      { ...receiver.environment("tun-server"), ...options.server },
      flagsOf(TUN_SERVER),
    ));
    const http = String((await server.event("listening")).http);
    const client = undo.use(ProgramProcess.start(
      "client/main.ts",
      [String(app.port), "--json", "-e", `http://${http}`, "-s", "app"],
      { ...receiver.environment("tun"), XDG_CONFIG_HOME: directory, ...options.client },
      flagsOf(TUN),
    ));
    await client.event("ready");
    const port = Number(http.split(":").at(-1));
    return new TraceWorld(receiver, app, port, [client, server], undo.move());
  }

  /** Sends a request as a visitor. */
  async visit(requestLine: string, ...lines: string[]): Promise<RawConnection> {
    const visitor = await RawConnection.to(this.port);
    const head = [`${requestLine} HTTP/1.1`, "Host: app.localhost", ...lines, "", ""];
    await visitor.send(head.join("\r\n"));
    return visitor;
  }

  /** Sends a GET that the app answers with `status`; gives the head that the app saw. */
  async get(path: string, lines: readonly string[] = [], status = 204): Promise<string> {
    using visitor = await this.visit(`GET ${path}`, "Connection: close", ...lines);
    using conn = await this.app.accept();
    const head = await conn.until("\r\n\r\n");
    const length = status === 204 ? "" : "Content-Length: 0\r\n";
    await conn.send(`HTTP/1.1 ${status} Any\r\n${length}Connection: close\r\n\r\n`);
    await visitor.takeToEnd();
    return head;
  }

  /** The spans of the request to a path. */
  async spansOf(path: string): Promise<SpanPair> {
    const edge = await this.edgeSpanOf(path);
    const client = await this.receiver.span(({ parentSpanId }) => parentSpanId === edge.spanId);
    return { edge, client };
  }

  /** The edge's span of the request to a path. */
  async edgeSpanOf(path: string): Promise<ReceivedSpan> {
    return await this.receiver.span(({ kind, attributes }) =>
      kind === "server" && attributes["url.path"] === path
    );
  }

  /** Stops the programs in good order, the client first. */
  async stop(): Promise<void> {
    for (const program of this.#programs) {
      program.kill("SIGTERM");
      await program.status;
    }
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo[Symbol.asyncDispose]();
  }
}

/** The values of a field in a head, in order. */
export function fieldsIn(head: string, name: string): string[] {
  return head.split("\r\n").slice(1)
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim());
}

function flagsOf(program: Program): string[] {
  return [...permissionFlags(program), ...program.unstable.map((name) => `--unstable-${name}`)];
}
