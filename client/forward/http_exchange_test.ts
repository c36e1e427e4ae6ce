import { assertEquals } from "@std/assert";
import { type HttpOpen, StreamReset } from "@tun/protocol";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { AppConnection, type AppTransport } from "./app_connection.ts";
import { AppPool } from "./app_pool.ts";
import { HttpExchange } from "./http_exchange.ts";
import type { RequestStream } from "./request_stream.ts";
import { TargetDialer } from "./target_dialer.ts";

const ANSWER = new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

/** A visitor who leaves when the test says so; nobody can answer them any more then. */
class LeavingVisitor implements RequestStream {
  readonly head: HttpOpen = {
    kind: "http",
    tunnel: 0,
    visitor: "192.0.2.7:51234",
    scheme: "http",
    minorVersion: 1,
    method: "GET",
    target: "/",
    authority: "a.localhost",
    headers: new TextEncoder().encode("Host: a.localhost\r\n"),
  };
  failure: StreamReset | undefined;
  readonly trailers = undefined;
  readonly isDrained = true;
  onFailure: () => void = () => {};

  leave(): void {
    this.failure = new StreamReset("cancelled", "remote");
    this.onFailure();
  }
  tryRead = () => null;
  read = () => Promise.resolve(null);
  recycle(): void {}
  respond = () => this.#outcome();
  write = () => this.#outcome();
  end = () => this.#outcome();
  reset(): void {}

  #outcome(): Promise<void> {
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
  }
}

Deno.test("HttpExchange: a visitor who leaves in the moment of the answer harms nobody", async () => {
  const answered = Promise.withResolvers<Uint8Array>();
  const app: AppTransport = {
    read: () => answered.promise,
    listen: (listener) => void answered.promise.then((bytes) => listener.onBytes(bytes)),
    send: (_bytes, sender) => sender.onSent(),
    write: () => Promise.resolve(),
    closeWrite: () => Promise.resolve(),
    close: () => {},
  };
  const dialer = new TargetDialer({
    target: { kind: "address", protocol: "http", host: "a", port: 1, addresses: ["127.0.0.1"] },
    connectTimeoutMs: 1,
    insecure: false,
    clock: new SimulatedClock(),
  });
  const pool = new AppPool(dialer, 1);
  pool.give(new AppConnection(app), 0);
  const ended = Promise.withResolvers<HttpExchange>();
  const visitor = new LeavingVisitor();
  new HttpExchange(
    {
      pool,
      hostHeader: undefined,
      now: () => 0,
      onAnswer: () => {},
      onEnd: ended.resolve,
      onProblem: (problem) => {
        throw problem;
      },
    },
    visitor,
    visitor.head,
    0,
  ).start();
  // The answer has been read already when the reset comes; the test fails if anything rejects.
  answered.resolve(ANSWER);
  visitor.leave();
  assertEquals((await ended.promise).status, 0);
  await answered.promise;
});
