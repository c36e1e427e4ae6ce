/**
 * An app that is nothing but bytes: it logs exactly what it receives, and answers with exactly
 * what a script says.
 *
 * @module
 */

import { EventLog } from "../support/event_log.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { bodyEnd } from "./message.ts";

/** One side of an exchange, with a log of what it took. */
export class Side {
  /** Everything that was taken. */
  log = "";
  /** The connection. */
  readonly conn: RawConnection;

  /** Uses a connection. */
  constructor(conn: RawConnection) {
    this.conn = conn;
  }

  /** Sends bytes. */
  async send(data: string): Promise<void> {
    await this.conn.send(data);
  }

  /** Takes a head. */
  async head(): Promise<string> {
    return this.#noted(await this.conn.takeHead());
  }

  /** Takes the body that `head` announces. */
  async body(head: string): Promise<string> {
    let end = -1;
    await this.conn.take((text) => {
      end = bodyEnd(head, text);
      return end !== -1;
    }).then((text) => this.conn.received = text + this.conn.received);
    return this.#noted(await this.conn.takeBytes(end));
  }

  /** Takes so many bytes. */
  async bytes(size: number): Promise<string> {
    return this.#noted(await this.conn.takeBytes(size));
  }

  /** Takes all up to the end. */
  async rest(): Promise<string> {
    return this.#noted(await this.conn.takeToEnd());
  }

  #noted(text: string): string {
    this.log += text;
    return text;
  }
}

/** What an app does with one request, after its head. */
export type AppScript = (app: Side, head: string) => Promise<void>;

/** A listening app. */
export class Origin implements AsyncDisposable {
  /** How requests ended, for waiting. */
  readonly ends: EventLog<"answered" | "broken"> = new EventLog();
  /** Everything received since {@linkcode reset}, of all connections. */
  get received(): string {
    return this.#sides.map((side) => side.log).join("");
  }
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #accepting: Promise<void>;
  readonly #conns = new Set<RawConnection>();
  #sides: Side[] = [];
  #script: AppScript = () => Promise.resolve();
  #most = Infinity;

  /** Starts to listen. */
  constructor() {
    this.#accepting = this.#accept();
  }

  /** Where. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Connections that came so far. */
  get connections(): number {
    return this.#conns.size;
  }

  /**
   * Sets the script for requests from now on, and forgets what was received. After `most` requests
   * a connection is closed.
   */
  reset(script: AppScript, most: number): void {
    this.#script = script;
    this.#most = most;
    this.#sides = [];
  }

  /** Closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    await Promise.all(Array.from(this.#conns, (conn) => conn.closed()));
  }

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) {
      conn.setNoDelay(true);
      void this.#serve(new RawConnection(conn));
    }
  }

  async #serve(conn: RawConnection): Promise<void> {
    this.#conns.add(conn);
    for (let count = 1; await conn.hasMore(); count++) {
      const side = new Side(conn);
      this.#sides.push(side);
      try {
        await this.#script(side, await side.head());
        this.ends.add("answered");
      } catch {
        this.ends.add("broken");
        break;
      }
      if (count >= this.#most) break;
    }
    conn.close();
  }
}
