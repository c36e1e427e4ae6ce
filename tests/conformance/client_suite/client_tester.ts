/**
 * The server that the client under test connects to, and the life of that client.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { HandshakeRefused } from "../../../protocol/errors.ts";
import {
  decodeHello,
  encodeRefused,
  encodeWelcome,
  type Hello,
  type Welcome,
} from "../../../protocol/link/handshake.ts";
import { encodeRecord, RecordType } from "../../../protocol/link/record.ts";
import type { Claim } from "../../../protocol/mux/control.ts";
import { RawTransport } from "../wire/raw_transport.ts";
import { broken, hex, must, RuleBroken } from "../wire/rule.ts";
import { ClientLink } from "./client_link.ts";
import type { RunningSubject, Subject } from "./subject.ts";

/** The token that the client is to say. */
export const TOKEN = "conformance";

/** The terms of the scripted server. */
export const SERVER_TERMS = { streams: 1, window: 262_144, resend: 16_777_216 } as const;

/** How long a client may take to start. */
const START_MS = 15_000;

/** A client that ends so often without having connected will not. */
const MOST_FRUITLESS_STARTS = 3;

/** What is different about a session. */
export type WelcomeChanges = Partial<Omit<Welcome, "terms">> & { readonly window?: number };

/** Serves one client. */
export class ClientTester implements AsyncDisposable {
  /** How long to wait for what must come. */
  readonly patienceMs: number;
  readonly #subject: Subject;
  readonly #listener: Deno.TcpListener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #accepting: Promise<void>;
  readonly #waiting: RawTransport[] = [];
  readonly #all = new Set<RawTransport>();
  #wake: (() => void) | undefined;
  #running: (RunningSubject & { code: number | undefined }) | undefined;
  #current: ClientLink | undefined;
  #fruitlessStarts = 0;

  /** Starts to listen. */
  constructor(subject: Subject, patienceMs: number) {
    this.#subject = subject;
    this.patienceMs = patienceMs;
    this.#accepting = this.#accept();
  }

  /** A session that has just begun, in which the tunnel is claimed and all is acknowledged. */
  async session(changes: WelcomeChanges = {}): Promise<ClientLink> {
    const { transport, hello } = await this.hello();
    return await this.claimed(await this.welcome(transport, hello, changes));
  }

  /** The session of the rule before, if it can still be used, or a new one. */
  async anySession(): Promise<ClientLink> {
    const current = this.#current;
    if (current?.isUsable === true) return current;
    return await this.session();
  }

  /** What happened lately in the session, for failures. */
  describe(): string {
    return this.#current?.link.describe() ?? "";
  }

  /** Answers the client's claim. */
  async claimed(link: ClientLink): Promise<ClientLink> {
    link.claim = await link.mux.control("claim");
    await this.answerClaim(link, link.claim);
    return link;
  }

  /** Says CLAIMED, and waits until that is acknowledged, which PING speeds up. */
  async answerClaim(link: ClientLink, { tunnel }: Claim): Promise<void> {
    await link.mux.sendControl({
      type: "claimed",
      tunnel,
      name: "conformance",
      url: "http://conformance.example.com",
      generation: 1,
    });
    await link.link.write(encodeRecord(RecordType.ping, new Uint8Array(8)));
    await link.allAcknowledged();
  }

  /**
   * A transport on which the client has just said HELLO. A session that is still there
   * is refused to be resumed; a client that has ended is started again.
   */
  async hello(ms: number = START_MS): Promise<{ transport: RawTransport; hello: Hello }> {
    this.#current?.link.drop();
    this.#current = undefined;
    const deadline = performance.now() + ms;
    for (;;) {
      const transport = await this.transport(Math.max(1, deadline - performance.now()));
      const hello = await this.readHello(transport);
      if (hello !== undefined) return { transport, hello };
      transport.close();
    }
  }

  /** Reads up to a HELLO; a RESUME before it is refused. */
  async readHello(transport: RawTransport): Promise<Hello | undefined> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const record = await transport.readRecord("HELLO or RESUME", this.patienceMs);
      if (record === null) return undefined;
      if (record.type === RecordType.hello) {
        try {
          return decodeHello(record.payload);
        } catch (error) {
          throw broken("a HELLO as in section 4", `${error}\n          ${hex(record.payload)}`);
        }
      }
      must(record.type === RecordType.resume, "HELLO or RESUME", `record ${record.type}`);
      await this.refuse(transport, "resume_unknown");
    }
    return undefined;
  }

  /** Refuses what was said. */
  async refuse(
    transport: RawTransport,
    code: string,
    options: { final?: boolean; retryAfterMs?: number } = {},
  ): Promise<void> {
    await transport.write(
      encodeRefused(new HandshakeRefused(code, `It is a test: ${code}`, options)),
    );
  }

  /** Welcomes the client. */
  async welcome(
    transport: RawTransport,
    hello: Hello,
    changes: WelcomeChanges = {},
  ): Promise<ClientLink> {
    const welcome = this.makeWelcome(changes);
    await transport.write(withUnknownKeys(welcome));
    return this.use(transport, welcome, hello);
  }

  /** Starts a session on a transport over which the WELCOME was sent. */
  use(transport: RawTransport, welcome: Welcome, hello: Hello): ClientLink {
    const link = new ClientLink(welcome, hello, this.patienceMs);
    link.link.attach(transport);
    this.#current = link;
    return link;
  }

  /** A WELCOME. */
  makeWelcome({ window = SERVER_TERMS.window, ...changes }: WelcomeChanges = {}): Welcome {
    return {
      version: 1,
      agent: "conformance/1",
      instance: "conformance",
      link: encodeHex(crypto.getRandomValues(new Uint8Array(16))),
      secret: encodeHex(crypto.getRandomValues(new Uint8Array(32))),
      resumeMs: 60_000,
      pingAfterMs: 10_000,
      deadAfterMs: 15_000,
      ...changes,
      terms: { ...SERVER_TERMS, window },
    };
  }

  /**
   * The next connection of the client.
   *
   * @throws {RuleBroken} If there is none in time.
   */
  async transport(ms: number = this.patienceMs): Promise<RawTransport> {
    const deadline = performance.now() + ms;
    for (;;) {
      const transport = this.#waiting.shift();
      if (transport !== undefined) {
        this.#fruitlessStarts = 0;
        return transport;
      }
      if (this.#running === undefined || this.#running.code !== undefined) this.#start();
      if (this.#fruitlessStarts > MOST_FRUITLESS_STARTS) {
        this.#fruitlessStarts = 0;
        throw new RuleBroken("expected: a connection\ncame:     the end of the client, each time");
      }
      const left = deadline - performance.now();
      if (left <= 0) throw broken(`a connection within ${Math.round(ms)} ms`, "none");
      await this.#change(left);
    }
  }

  /** Waits for a RESUME, and gives it with its transport. */
  async resume(link: ClientLink, ms: number = this.patienceMs): Promise<
    { transport: RawTransport; payload: Uint8Array }
  > {
    must(this.#running?.code === undefined, "a client that runs", "its end");
    const transport = await this.transport(ms);
    const record = await transport.readRecord("RESUME", this.patienceMs);
    if (record?.type !== RecordType.resume) {
      throw broken("RESUME", record === null ? "the end" : `record ${record.type}`);
    }
    await link.checkResume(record.payload);
    return { transport, payload: record.payload };
  }

  /** Waits for a RESUME and grants it. */
  async resumed(link: ClientLink, ms: number = this.patienceMs): Promise<void> {
    const { transport, payload } = await this.resume(link, ms);
    await link.resumeOn(transport, payload);
  }

  /** The exit code of the client, once it has ended. */
  async exitCode(): Promise<number> {
    const running = this.#running;
    const deadline = performance.now() + this.patienceMs;
    while (running !== undefined && running.code === undefined) {
      const left = deadline - performance.now();
      if (left <= 0) throw new RuleBroken("expected: the end of the client\ncame:     it runs on");
      await this.#change(left);
    }
    return running?.code ?? 0;
  }

  /** Stops the client; the next connection is that of a new one. */
  async stopClient(): Promise<void> {
    this.#current?.link.drop();
    this.#current = undefined;
    const running = this.#running;
    running?.stop();
    await running?.exited;
    this.#running = undefined;
    for (const transport of this.#all) transport.close();
    this.#all.clear();
    this.#waiting.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopClient();
    this.#listener.close();
    await this.#accepting;
  }

  #start(): void {
    this.#fruitlessStarts++;
    const { port } = this.#listener.addr;
    const subject = this.#subject({
      TUN_ENDPOINT: `tcp://127.0.0.1:${port}`,
      TUN_TOKEN: TOKEN,
    });
    const running = { ...subject, code: undefined as number | undefined };
    this.#running = running;
    subject.exited.then((code) => {
      running.code = code;
      this.#wake?.();
    });
  }

  /** Waits for a connection, the end of the client, or for `ms`. */
  async #change(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) {
      const transport = new RawTransport(conn);
      this.#all.add(transport);
      this.#waiting.push(transport);
      this.#wake?.();
    }
  }
}

/** A WELCOME with keys that nobody knows, which everybody must bear. */
function withUnknownKeys(welcome: Welcome): Uint8Array {
  const { terms } = welcome;
  const odd = {
    "x-future": { a: [1, null, "ü"] },
    ...welcome,
    terms: { ...terms, "x-limit": -1 },
  };
  return encodeRecord(RecordType.welcome, new TextEncoder().encode(JSON.stringify(odd)));
}

/** The record of a WELCOME as it is. */
export function plainWelcome(welcome: Welcome): Uint8Array {
  return encodeWelcome(welcome);
}
