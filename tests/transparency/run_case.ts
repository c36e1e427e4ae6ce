/**
 * Runs a case directly and through a tunnel, and compares.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type BootedServer, bootServer } from "../support/tunnel_boot.ts";
import { RawConnection } from "../support/raw_connection.ts";
import {
  type AskedWith,
  requestBehind,
  responseBehind,
  withoutMadeIds,
} from "./documented_changes.ts";
import { type Message, messagesOf } from "./message.ts";
import { type AppScript, Origin, Side } from "./origin.ts";

/** One exchange, or several on one connection. */
export interface Case {
  readonly name: string;
  /** What the visitor does; in the end everything that comes is read. */
  readonly visitor: (visitor: Side) => Promise<void>;
  /** What the app does with each request. */
  readonly app: AppScript;
  /** How the visitor asks, one for each request. */
  readonly asked: readonly AskedWith[];
  /** The visitor hears no 1xx. @default true for HTTP/1.1 */
  readonly hearsInformational?: boolean;
}

/** What both sides saw. */
interface Seen {
  readonly byApp: string;
  readonly byVisitor: string;
  readonly end: string;
}

/** A server, a client and an app. */
export class Bench implements AsyncDisposable {
  readonly #origin: Origin;
  readonly #server: BootedServer;
  readonly #isTrusted: boolean;
  readonly #undo: AsyncDisposableStack;

  private constructor(
    origin: Origin,
    server: BootedServer,
    isTrusted: boolean,
    undo: AsyncDisposableStack,
  ) {
    this.#origin = origin;
    this.#server = server;
    this.#isTrusted = isTrusted;
    this.#undo = undo;
  }

  /** Starts all of it; the tunnel is at `app.localhost`. */
  static async start({ isTrusted = false }: { readonly isTrusted?: boolean } = {}): Promise<Bench> {
    await using undo = new AsyncDisposableStack();
    const origin = undo.use(new Origin());
    const trusted = isTrusted ? {} : { trustedProxies: [] };
    const server = undo.use(await bootServer(trusted));
    undo.use(await server.connect({ target: origin.port, name: "app" }));
    return new Bench(origin, server, isTrusted, undo.move());
  }

  /** Runs a case both ways. */
  async run(one: Case): Promise<void> {
    const direct = await this.#see(one, this.#origin.port, one.asked.length);
    const behind = await this.#see(one, this.#server.port, Infinity);
    const surroundings = { name: "app", isTrusted: this.#isTrusted, visitor: "127.0.0.1" };
    const requests = messagesOf(direct.byApp);
    assertMessages(
      messagesOf(behind.byApp).map((got) => ({ ...got, lines: withoutMadeIds(got.lines) })),
      requests.map((request) => requestBehind(request, surroundings)),
      "at the app",
    );
    const hears = one.hearsInformational ?? one.asked[0]!.minor === 1;
    let answered = 0;
    const responses = messagesOf(direct.byVisitor, one.asked)
      .filter(({ start }) => hears || !/^HTTP\/1\.1 1/.test(start))
      .map((response) => {
        const asked = one.asked[answered]!;
        if (!/^HTTP\/1\.. 1(?!01)/.test(response.start)) answered++;
        return responseBehind(response, asked);
      });
    assertMessages(messagesOf(behind.byVisitor, one.asked), responses, "at the visitor");
    assertEquals(behind.end, "end", "the visitor's connection ends in order");
  }

  async #see(one: Case, port: number, most: number): Promise<Seen> {
    this.#origin.reset(one.app, most);
    const before = this.#origin.ends.all.length;
    using conn = await RawConnection.to(port);
    const visitor = new Side(conn);
    await one.visitor(visitor);
    await visitor.rest();
    const end = conn.ended ?? "open";
    conn.close();
    for (let i = 0; i < one.asked.length; i++) {
      await this.#origin.ends.first(() => true, before + i);
    }
    return { byApp: this.#origin.received, byVisitor: visitor.log, end };
  }

  /** Stops all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo[Symbol.asyncDispose]();
  }
}

/** Heads are compared as text, bodies as well unless that would flood the report. */
function assertMessages(got: readonly Message[], wanted: readonly Message[], where: string): void {
  assertEquals(got.map(shown), wanted.map(shown), where);
  for (const [index, { body }] of wanted.entries()) {
    if (got[index]!.body !== body) throw new Error(`${where}: the bodies differ`);
  }
}

function shown({ start, lines, body, trailers }: Message): unknown {
  const clipped = body.length > 2000 ? `${body.slice(0, 200)}… (${body.length})` : body;
  return { head: [start, ...lines].join("\r\n"), body: clipped, trailers };
}
