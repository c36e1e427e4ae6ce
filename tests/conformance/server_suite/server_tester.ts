/**
 * Connections to the server under test.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import type { HandshakeRefused } from "../../../protocol/errors.ts";
import {
  decodeRefused,
  decodeWelcome,
  encodeHello,
  type Hello,
  type Terms,
} from "../../../protocol/link/handshake.ts";
import { RecordType } from "../../../protocol/link/record.ts";
import { RawTransport } from "../wire/raw_transport.ts";
import { broken, hex, RuleSkipped } from "../wire/rule.ts";
import { describeRecord, ServerLink } from "./server_link.ts";

/** Where the server is, and what it wants. */
export interface ServerTesterOptions {
  readonly hostname: string;
  readonly port: number;
  /** The token to say. */
  readonly token?: string | undefined;
  /** Where visitors of the tunnel go. */
  readonly visit?: URL | undefined;
  /** The name to claim. */
  readonly name: string;
  /** How long to wait for what must come. */
  readonly patienceMs: number;
}

/** The terms of the scripted client. */
export const CLIENT_TERMS: Terms = { streams: 128, window: 262_144, resend: 1_048_576 };

/** Plays clients. */
export class ServerTester implements AsyncDisposable {
  readonly options: ServerTesterOptions;
  readonly #transports = new Set<RawTransport>();
  readonly #visitors = new Set<Deno.Conn>();
  #last: ServerLink | undefined;

  /** Makes a tester without connections. */
  constructor(options: ServerTesterOptions) {
    this.options = options;
  }

  /** How long to wait for what must come. */
  get patienceMs(): number {
    return this.options.patienceMs;
  }

  /** What happened lately in the last session, for failures. */
  describe(): string {
    return this.#last?.link.describe() ?? "";
  }

  /** A new connection. */
  async connect(): Promise<RawTransport> {
    const transport = await RawTransport.connect(this.options.hostname, this.options.port);
    this.#transports.add(transport);
    return transport;
  }

  /** A HELLO that is right, but for the changes. */
  helloRecord(changes: Partial<Hello> & Record<string, unknown> = {}): Uint8Array {
    const { token } = this.options;
    return encodeHello({
      versions: [1, 1],
      agent: "conformance/1",
      nonce: encodeHex(crypto.getRandomValues(new Uint8Array(16))),
      // Names belong to an owner, and that is this run without a token.
      ...(token === undefined ? { leaseKey: LEASE_KEY } : { token }),
      require: [],
      terms: CLIENT_TERMS,
      ...changes,
    });
  }

  /** Says HELLO and insists on WELCOME. */
  async session(
    changes: Partial<Hello> & Record<string, unknown> = {},
    transport?: RawTransport,
  ): Promise<ServerLink> {
    const used = transport ?? await this.connect();
    await used.write(this.helloRecord(changes));
    return await this.welcomed(used, changes.terms);
  }

  /** Insists on WELCOME. */
  async welcomed(transport: RawTransport, terms: Terms = CLIENT_TERMS): Promise<ServerLink> {
    const record = await transport.readRecord("WELCOME", this.patienceMs);
    if (record?.type !== RecordType.welcome) throw broken("WELCOME", describeRecord(record));
    try {
      const welcome = decodeWelcome(record.payload);
      return this.#last = new ServerLink(transport, welcome, terms, this.patienceMs);
    } catch (error) {
      throw broken("a WELCOME as in section 4", `${error}\n${hex(record.payload)}`);
    }
  }

  /** A session in which tunnel 1 is claimed and all is acknowledged. */
  async claimed(
    changes: Partial<Hello> & Record<string, unknown> = {},
    kind: "http" | "tcp" = "http",
  ): Promise<ServerLink & { url: string }> {
    const link = await this.session(changes);
    await link.mux.sendControl({
      type: "claim",
      tunnel: 1,
      kind,
      mode: "claim",
      ...(kind === "http" ? { name: this.options.name } : {}),
    });
    const answer = await link.link.watch.until(
      () => link.mux.controls.find(({ type }) => type === "claimed" || type === "claim_refused"),
      "CLAIMED",
      this.patienceMs,
    );
    if (answer.type !== "claimed") throw broken("CLAIMED", JSON.stringify(answer));
    await link.allAcknowledged();
    return Object.assign(link, { url: answer.url });
  }

  /** Insists on REFUSED, and on the end of the transport if `hangsUp`. */
  async mustRefuse(
    transport: RawTransport,
    code: string,
    hangsUp = true,
  ): Promise<HandshakeRefused> {
    const record = await transport.readRecord(`REFUSED ${code}`, this.patienceMs);
    if (record?.type !== RecordType.refused) {
      throw broken(`REFUSED ${code}`, describeRecord(record));
    }
    const refusal = decodeRefused(record.payload);
    if (refusal.code !== code) {
      throw broken(`REFUSED ${code}`, `REFUSED ${refusal.code}: ${refusal.message}`);
    }
    if (hangsUp) await transport.mustEnd(`the end after REFUSED ${code}`, this.patienceMs);
    return refusal;
  }

  /** Connects as a visitor. */
  async visitor(url: URL | undefined = this.options.visit): Promise<Deno.TcpConn> {
    if (url === undefined) throw new RuleSkipped("needs --visit");
    const port = Number(url.port) || 80;
    const conn = await Deno.connect({ hostname: url.hostname, port });
    this.#visitors.add(conn);
    return conn;
  }

  /** Ends all connections. */
  hangUp(): Promise<void> {
    for (const transport of this.#transports) transport.close();
    for (const conn of this.#visitors) {
      try {
        conn.close();
      } catch {
        // It is gone already.
      }
    }
    this.#transports.clear();
    this.#last = undefined;
    this.#visitors.clear();
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp();
  }
}

const LEASE_KEY = encodeHex(crypto.getRandomValues(new Uint8Array(32)));
