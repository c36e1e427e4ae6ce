import { assertEquals } from "@std/assert";
import { type HttpOpen, type ResponseHead, type StreamFailure, StreamReset } from "@tun/protocol";
import { Span } from "@tun/protocol/trace";
import type { RequestStream } from "../forward/request_stream.ts";
import { TracedStream } from "./traced_stream.ts";

const OPEN: HttpOpen = {
  kind: "http",
  tunnel: 0,
  visitor: "192.0.2.7:51234",
  scheme: "http",
  minorVersion: 1,
  method: "GET",
  target: "/",
  authority: "shop.example.com",
  headers: new Uint8Array(0),
};

/** A stream that brings no body, and a span, with how the span ended. */
class Subject {
  readonly ends: unknown[] = [];
  readonly traced: TracedStream;
  /** What the peer does. */
  fail: (failure: StreamFailure) => void = () => {};
  #failure: StreamFailure | undefined;

  constructor() {
    let attributes: Record<string, unknown> = {};
    const span = new Span({
      spanContext: () => ({ traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 }),
      setAttributes: (more) => attributes = { ...attributes, ...more },
      setStatus: ({ code }) => attributes.code = code,
      end: () => void this.ends.push(attributes),
    }, undefined);
    this.traced = new TracedStream(this.#stream(), OPEN, span);
  }

  respond(status: number, fin: boolean): void {
    const head: ResponseHead = { status, minorVersion: 1, reason: "", headers: new Uint8Array(0) };
    this.traced.respond(head, undefined, fin);
  }

  leave(): void {
    this.#failure = new StreamReset("cancelled", "remote");
    this.fail(this.#failure);
  }

  #stream(): RequestStream {
    const failure = () => this.#failure;
    const listen = (callback: (failure: StreamFailure) => void) => this.fail = callback;
    const done = () => Promise.resolve();
    return {
      head: OPEN,
      get failure() {
        return failure();
      },
      set onFailure(callback: (failure: StreamFailure) => void) {
        listen(callback);
      },
      trailers: undefined,
      isDrained: true,
      tryRead: () => null,
      read: () => Promise.resolve(null),
      recycle: () => {},
      respond: done,
      write: done,
      end: done,
      reset: () => {},
    };
  }
}

Deno.test("TracedStream ends its span with the final answer, not with one before it", async () => {
  const whole = new Subject();
  whole.respond(103, false);
  assertEquals(whole.ends, []);
  whole.respond(200, true);
  assertEquals(whole.ends, [{ "tun.outcome": "answered", "http.response.status_code": 200n }]);

  const inPieces = new Subject();
  inPieces.respond(200, false);
  await inPieces.traced.write(new Uint8Array(1));
  assertEquals(inPieces.ends, []);
  await inPieces.traced.end();
  assertEquals(inPieces.ends.length, 1);
});

Deno.test("TracedStream ends its span once, whatever comes after", async () => {
  const subject = new Subject();
  subject.respond(200, true);
  await subject.traced.end();
  subject.traced.reset("internal");
  subject.leave();
  assertEquals(subject.ends.length, 1);
});

Deno.test("TracedStream ends the span of an upgraded connection with its second direction", async () => {
  const subject = new Subject();
  subject.respond(101, false);
  await subject.traced.end();
  assertEquals(subject.ends, []);
  assertEquals(await subject.traced.read(), null);
  assertEquals(subject.ends, [{ "tun.outcome": "upgraded", "http.response.status_code": 101n }]);
});

Deno.test("TracedStream does not take the end of a request's body for that of an upgrade", async () => {
  const subject = new Subject();
  subject.traced.tryRead();
  subject.respond(101, false);
  await subject.traced.end();
  assertEquals(subject.ends, []);
});

Deno.test("TracedStream tells who forwards that the visitor left, also when that is known late", () => {
  const subject = new Subject();
  const heard: string[] = [];
  subject.leave();
  subject.traced.onFailure = () => heard.push("late");
  subject.fail(new StreamReset("cancelled", "remote"));
  assertEquals(heard, ["late", "late"]);
  assertEquals(subject.ends, [{ "tun.outcome": "gone" }]);
});

Deno.test("TracedStream says why there was no answer, and why one broke off", () => {
  const without = new Subject();
  without.traced.reset("app_unreachable");
  assertEquals(without.ends, [
    { "tun.outcome": "failed", "error.type": "app_unreachable", code: 2 },
  ]);
  const broken = new Subject();
  broken.respond(200, false);
  broken.traced.reset("app_broken");
  assertEquals(broken.ends, [{
    "tun.outcome": "broken",
    "http.response.status_code": 200n,
    "error.type": "app_broken",
    code: 2,
  }]);
});
