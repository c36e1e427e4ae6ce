import type { HttpOpen, ReadListener, ResponseHead, SendListener } from "@tun/protocol";
import { AppConnection, type AppTransport } from "./app_connection.ts";
import { AppPool } from "./app_pool.ts";
import type { ExchangeContext } from "./exchange_context.ts";
import { HttpExchange } from "./http_exchange.ts";
import type { RequestStream } from "./request_stream.ts";
import { TargetDialer } from "./target_dialer.ts";

// One request and its answer, without sockets: what an exchange itself costs. An answer in one
// piece takes the short way, one in two pieces the general one.

const encode = (text: string) => new TextEncoder().encode(text);
const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\n";
const BODY = "Hello, world!";

/** An app that answers whatever it is sent. */
class AnsweringApp implements AppTransport {
  readonly #pieces: readonly Uint8Array[];
  #next = 0;
  #listener: ReadListener | undefined;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
    this.#next = pieces.length;
  }

  read(): Promise<Uint8Array> {
    return Promise.resolve(this.#pieces[this.#next++]!);
  }

  listen(listener: ReadListener): void {
    this.#listener = listener;
  }

  send(_bytes: Uint8Array, sender: SendListener): void {
    this.#next = 1;
    sender.onSent();
    queueMicrotask(() => this.#listener?.onBytes(this.#pieces[0]!));
  }

  write(): Promise<void> {
    return Promise.resolve();
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}
}

/** A visitor without a body, who takes everything at once. */
class Visitor implements RequestStream {
  readonly head: HttpOpen = {
    kind: "http",
    tunnel: 0,
    visitor: "192.0.2.7:51234",
    scheme: "http",
    minorVersion: 1,
    method: "GET",
    target: "/",
    authority: "bench.localhost",
    headers: encode("Host: bench.localhost\r\nX-Forwarded-For: 192.0.2.7\r\nVia: 1.1 tun\r\n"),
  };
  readonly failure = undefined;
  readonly trailers = undefined;
  readonly isDrained = true;
  onFailure = (): void => {};

  tryRead(): null {
    return null;
  }
  read(): Promise<null> {
    return Promise.resolve(null);
  }
  recycle(): void {}
  respond(_head: ResponseHead): Promise<void> {
    return DONE;
  }
  write(): Promise<void> {
    return DONE;
  }
  end(): Promise<void> {
    return DONE;
  }
  reset(): void {}
}

const DONE = Promise.resolve();

function exchanges(...pieces: string[]): () => Promise<void> {
  const target = { kind: "address", protocol: "http", host: "localhost", port: 1 } as const;
  const pool = new AppPool(
    new TargetDialer({
      target: { ...target, addresses: ["127.0.0.1"] },
      connectTimeoutMs: 1,
      insecure: false,
      clock: { now: () => 0, schedule: () => ({ cancel() {}, [Symbol.dispose]() {} }) },
    }),
    1,
  );
  pool.give(new AppConnection(new AnsweringApp(pieces.map(encode))), 0);
  const context: ExchangeContext = {
    pool,
    hostHeader: undefined,
    now: () => 0,
    onAnswer: () => {},
    onEnd: () => {},
    onProblem: (problem) => {
      throw problem;
    },
  };
  const visitor = new Visitor();
  return async () => {
    new HttpExchange(context, visitor, visitor.head, 0).start();
    while (pool.idle === 0) await null;
  };
}

const whole = exchanges(HEAD + BODY);
const split = exchanges(HEAD, BODY);

Deno.bench(
  "an answer in one piece",
  { group: "exchange", baseline: true },
  async () => await whole(),
);
Deno.bench("an answer in two pieces", { group: "exchange" }, async () => await split());
