/**
 * What a small request costs from the bytes of its head to the line in the log: ingress, route
 * and session, and a client that answers at once. No sockets, so the system's part is not in it.
 *
 * `deno bench -A server/ingress/http_ingress_bench.ts`
 *
 * @module
 */

import { systemClock } from "@tun/protocol";
import { SessionPair } from "../../tests/support/session_pair.ts";
import { LocalRoute } from "../control/local_route.ts";
import { makeLog } from "../log/log.ts";
import { logRequest } from "../log/request_log.ts";
import { Deadlines } from "./deadlines.ts";
import { RequestDesk } from "./request_desk.ts";
import { RequestIds } from "./request_id.ts";
import { VisitorConnection } from "./visitor_connection.ts";

const ascii = new TextEncoder();
const REQUEST = ascii.encode("GET / HTTP/1.1\r\nHost: app.localhost:8080\r\n\r\n");
const HEADERS = ascii.encode("Content-Type: text/plain\r\nContent-Length: 13\r\n");
const BODY = ascii.encode("Hello, world!");
const CONNECTIONS = 64;

const pair = await SessionPair.connect({
  clock: systemClock,
  onStream: (stream) => {
    stream.respond({ status: 200, minorVersion: 1, reason: "OK", headers: HEADERS }, BODY, true);
  },
});
const log = makeLog({ form: "json", level: "info", write: () => {}, wallTime: Date.now });
const deadlines = new Deadlines(systemClock);
const ids = new RequestIds();
const now = () => systemClock.now();

/** A visitor that reads every answer and asks again when it is told to. */
class Visitor {
  readonly kind = "upgrade";
  readonly secure = false;
  readonly peer = "192.0.2.7:50000";
  #ask: ((request: Uint8Array) => void) | undefined;
  #answered: (() => void) | undefined;

  ask(): Promise<void> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#ask!(REQUEST);
    });
  }

  read(): Promise<Uint8Array> {
    return new Promise((resolve) => this.#ask = resolve);
  }

  write(): Promise<void> {
    this.#answered?.();
    return Promise.resolve();
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}

  [Symbol.dispose](): void {}
}

function visitTo(route: LocalRoute): Visitor {
  const visitor = new Visitor();
  const desk = new RequestDesk({
    rules: {
      find: () => ({ kind: "tunnel", route }),
      page: { fetch: () => new Response() },
      origin: "http://localhost:8080",
      single: false,
      isTrusted: () => false,
      visitorRate: undefined,
      tracer: undefined,
      onTunnel: () => {},
      onRequest: (record) => logRequest(log, record, { withQuery: false }),
    },
    peer: { ip: "192.0.2.7", scheme: "http" },
    ids,
    now,
  });
  new VisitorConnection(visitor, {
    deadlines,
    idleTimeoutMs: 25_000,
    maxBody: Infinity,
    isStopping: () => false,
    now,
    handle: (request, listener) => desk.handle(request, listener),
    onEnd: (request, end) => desk.onEnd(request, end),
    onBadRequest: () => "",
  }).serve();
  return visitor;
}

for (const concurrency of [CONNECTIONS, CONNECTIONS / 2]) {
  const tunnel = { concurrency, requestTimeoutMs: 25_000 };
  const route = new LocalRoute(pair.server, 0, tunnel, { clock: systemClock, since: 0 });
  route.name = "app";
  const visitors = Array.from({ length: CONNECTIONS }, () => visitTo(route));
  Deno.bench(`${CONNECTIONS} requests at once, ${concurrency} places`, async () => {
    await Promise.all(visitors.map((visitor) => visitor.ask()));
  });
}
