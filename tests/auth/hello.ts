/**
 * A client that says hello and no more than a test tells it to.
 *
 * @module
 */

import {
  ClientSession,
  type Control,
  HandshakeRefused,
  type Session,
  type Transport,
} from "@tun/protocol";
import { connectTcp } from "../../protocol/transport/connect_tcp.ts";
import type { Claim } from "../../protocol/mux/control.ts";
import { EventLog } from "../support/event_log.ts";
import type { BootedServer } from "../support/tunnel_boot.ts";

/** A session without an agent: nothing is renewed or tried again. */
export class BareSession implements AsyncDisposable {
  /** What the server said. */
  readonly controls: EventLog<Control>;
  readonly client: ClientSession;
  #transport: Transport;
  readonly #server: BootedServer;

  private constructor(
    client: ClientSession,
    controls: EventLog<Control>,
    transport: Transport,
    server: BootedServer,
  ) {
    this.client = client;
    this.controls = controls;
    this.#transport = transport;
    this.#server = server;
  }

  /**
   * Says hello.
   *
   * @throws {HandshakeRefused} If the server will not have it.
   */
  static async start(server: BootedServer, token?: string): Promise<BareSession> {
    const transport = await dial(server);
    const controls = new EventLog<Control>();
    try {
      const client = await ClientSession.start(transport, {
        agent: "test/1",
        ...(token === undefined ? {} : { token }),
        user: {
          onStream: (stream) => stream.reset("app_unreachable"),
          onControl: controls.add,
          onPaused: () => {},
          onResumed: () => {},
        },
      });
      return new BareSession(client, controls, transport, server);
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  get session(): Session {
    return this.client.session;
  }

  /** Asks for a tunnel; gives its name, or the code with which it was refused. */
  async claim(claim: Partial<Claim> & { readonly tunnel: number }): Promise<string> {
    const start = this.controls.all.length;
    this.session.sendControl({ type: "claim", kind: "http", mode: "claim", ...claim });
    const answer = await this.controls.first(
      (control) =>
        (control.type === "claimed" || control.type === "claim_refused") &&
        control.tunnel === claim.tunnel,
      start,
    );
    return answer.type === "claimed" ? answer.name : (answer as { code: string }).code;
  }

  /** Presents a fresh token; gives the reason for which it was refused, or `ok`. */
  async renew(token: string): Promise<string> {
    const start = this.controls.all.length;
    this.session.sendControl({ type: "auth", token });
    const answer = await this.controls.first(({ type }) => type === "auth_result", start);
    if (answer.type !== "auth_result") throw new TypeError("Not an answer to AUTH");
    return answer.ok ? "ok" : answer.reason ?? answer.code ?? "";
  }

  /** Loses the connection, and waits until the server has noticed. */
  async cut(): Promise<void> {
    const paused = this.#server.log.next(({ name }) => name === "session_paused");
    this.#transport.close();
    await paused;
  }

  /** Comes back; gives the code with which that was refused, or `ok`. */
  async resume(token?: string): Promise<string> {
    this.#transport = await dial(this.#server);
    try {
      await this.client.resume(this.#transport, token === undefined ? {} : { token });
      return "ok";
    } catch (error) {
      this.#transport.close();
      if (error instanceof HandshakeRefused) return error.code;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.close();
    await this.session.closed;
    this.#transport.close();
  }
}

async function dial(server: BootedServer): Promise<Transport> {
  return await connectTcp("127.0.0.1", server.server.tunnelAddress.port);
}

/** The code and reason with which a hello is refused; `ok` if it is not. */
export async function helloOutcome(server: BootedServer, token?: string): Promise<string> {
  try {
    await using _session = await BareSession.start(server, token);
    return "ok";
  } catch (error) {
    if (!(error instanceof HandshakeRefused)) throw error;
    return error.reason ?? error.code;
  }
}
