/**
 * One request to the app and its answer.
 *
 * ```text
 *   stream ── request head, body ──► connection ──► app
 *   stream ◄── 1xx…, head, body ──── connection ◄── app
 * ```
 *
 * Both directions move at the same time: an app may answer before it has read the request.
 *
 * A small request that meets a small answer, which is most of them, takes no promise here: it is
 * written, the next read is the whole answer, and that goes into one frame
 * (`http_exchange_bench.ts`). Everything else takes the general way, {@linkcode relayAnswer}.
 *
 * @module
 */

import { type HttpOpen, type ReadListener, TransportError } from "@tun/protocol";
import type { ResponseHead } from "@tun/protocol/http1";
import { type AnsweredExchange, relayAnswer, tunnelResponse } from "./answer_relay.ts";
import type { AppConnection } from "./app_connection.ts";
import { AppProblem, PROBLEM_STATUS, problemOf, silent } from "./app_problem.ts";
import type { ExchangeContext } from "./exchange_context.ts";
import { type RequestBytes, requestBytes, wrongLength } from "./request_bytes.ts";
import { sendRequest, type SendWatch } from "./request_sender.ts";
import type { RequestStream } from "./request_stream.ts";
import type { RosterEntry } from "./roster.ts";

/** An app may close a connection at any time; one that was just used is safe enough to rely on. */
const FRESH_MS = 1_000;

const EMPTY = new Uint8Array(0);

/** Carries one exchange. */
export class HttpExchange implements ReadListener, AnsweredExchange, SendWatch, RosterEntry {
  /** For the roster of exchanges. */
  place = -1;
  /** What is asked. */
  readonly head: HttpOpen;
  /** When the request came. */
  readonly startedAt: number;
  /** Since when the app has been silent, or `Infinity` while nothing is expected of it. */
  waitingSince: number = Infinity;
  /** What the visitor was told; 0 if it left before. */
  status = 0;
  /** How many bytes of body it was sent. */
  bytes = 0;
  readonly #context: ExchangeContext;
  readonly #stream: RequestStream;
  #connection: AppConnection | undefined;
  #dialing: AbortController | undefined;
  #problem: AppProblem | undefined;
  #request: RequestBytes | undefined;
  /** Sends what of the request was not there at once. */
  #sending: Promise<void> | undefined;
  #isAnswered = false;
  #isReported = false;

  /** Makes an exchange; {@linkcode start} carries it out. */
  constructor(context: ExchangeContext, stream: RequestStream, head: HttpOpen, now: number) {
    this.#context = context;
    this.#stream = stream;
    this.head = head;
    this.startedAt = now;
    stream.onFailure = () => this.#cut();
  }

  /** What is asked with. */
  get method(): string {
    return this.head.method;
  }

  /** Begins, once all that came with the head is there. */
  start(): void {
    try {
      const { pool, hostHeader } = this.#context;
      // It can have left in the packet in which it came.
      if (this.#stream.failure !== undefined) throw this.#stream.failure;
      const request = this.#request = requestBytes(this.head, this.#stream, hostHeader);
      const connection = pool.take(request.mayRepeat ? Infinity : FRESH_MS, this.startedAt);
      if (connection === undefined) this.#dial(request);
      else this.#ask(connection, request, this.startedAt);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The app has not answered in time. */
  timeOut(message: string): void {
    this.#problem = new AppProblem("app_timeout", message);
    this.#cut();
  }

  /** For the connection: what the app says first. */
  onBytes(bytes: Uint8Array | null): void {
    if (bytes === null) return this.#onSilence();
    try {
      // The visitor can have left while these bytes were read: there is nobody to answer.
      if (this.#stream.failure !== undefined) throw this.#stream.failure;
      const { parser } = this.#connection!;
      const head = parser.push(bytes);
      if (head === null) this.#relay(head, EMPTY);
      else if (!this.#answerWhole(head, bytes, parser.consumed)) {
        this.#relay(head, bytes.subarray(parser.consumed));
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** For the connection: it broke before an answer, which is as good as that it ended. */
  onBroken(error: unknown): void {
    if (error instanceof TransportError) this.#onSilence();
    else this.#fail(error);
  }

  /** For who sends the request: the app owes nothing while the visitor is waited for. */
  onWaiting(): void {
    this.waitingSince = Infinity;
  }

  /** For who sends or answers. */
  touch(): void {
    if (!this.#isAnswered) this.waitingSince = this.#context.now();
  }

  /** For who answers. */
  begin(head: ResponseHead, first: Uint8Array | undefined): void {
    this.waitingSince = Infinity;
    this.#isAnswered = true;
    this.status = head.status;
    this.bytes = first?.length ?? 0;
    this.#context.onAnswer(this.head.target, head.status, first);
  }

  /** For who answers: for the visitor it is over. */
  report(now: number = this.#context.now()): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.waitingSince = Infinity;
    this.#context.onEnd(this, now);
  }

  /** Ends what goes on with the app. */
  #cut(): void {
    this.#dialing?.abort(this.#problem);
    this.#connection?.close();
  }

  async #dial(request: RequestBytes): Promise<void> {
    try {
      this.waitingSince = Infinity;
      this.#dialing = new AbortController();
      const connection = await this.#context.pool.dial(this.#dialing.signal);
      this.#dialing = undefined;
      // The visitor can have left in the moment in which the connection came about.
      if (this.#stream.failure !== undefined) {
        connection.close();
        throw this.#stream.failure;
      }
      this.#ask(connection, request, this.#context.now());
    } catch (error) {
      this.#fail(error);
    }
  }

  #ask(connection: AppConnection, request: RequestBytes, now: number): void {
    this.#connection = connection;
    this.waitingSince = now;
    if (request.body === "whole" || request.body === "upgrade") {
      connection.send(request.bytes, request.room);
    } else {
      this.#sending = this.#send(connection, request);
    }
    connection.listen(this);
  }

  async #send(connection: AppConnection, request: RequestBytes): Promise<void> {
    try {
      await sendRequest(request, this.#stream, connection, this);
    } catch (error) {
      // A connection that broke is seen by the read, a visitor that left by the stream.
      if (error instanceof TransportError || this.#stream.failure !== undefined) return;
      this.#problem = error instanceof AppProblem ? error : wrongLength();
      this.#cut();
    }
  }

  /** The app has hung up without a byte. */
  #onSilence(): void {
    const connection = this.#connection!;
    const request = this.#request!;
    connection.close();
    const mayRepeat = connection.isReused && request.mayRepeat;
    if (this.#problem !== undefined) this.#fail(this.#problem);
    else if (!mayRepeat || this.#stream.failure !== undefined) {
      this.#fail(silent(this.#context.pool.label));
    } else this.#dial(request);
  }

  /** The answer, if `bytes` are all of it and the request is done: one frame, nothing to decode. */
  #answerWhole(head: ResponseHead, bytes: Uint8Array, start: number): boolean {
    if (!this.#connection!.isSent || this.#request!.body === "upgrade" || head.status < 200) {
      return false;
    }
    const framing = head.framing(this.method);
    const length = framing.kind === "none" ? 0 : framing.kind === "length" ? framing.length : -1;
    const end = start + length;
    if (length < 0 || end > bytes.length) return false;
    const body = length === 0 ? undefined : bytes.subarray(start, end);
    this.begin(head, body);
    const sent = this.#stream.respond(tunnelResponse(head), body, true);
    const mayReuse = end === bytes.length && head.keepAlive(this.method);
    if (this.#stream.isDrained) this.#finish(mayReuse);
    // The body is in the connection's buffer, which the next read would overwrite.
    else this.#finishAfter(sent, mayReuse);
    return true;
  }

  async #finishAfter(sent: Promise<void>, mayReuse: boolean): Promise<void> {
    try {
      await sent;
      this.#finish(mayReuse);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The general way. */
  async #relay(head: ResponseHead | null, rest: Uint8Array): Promise<void> {
    const ends = {
      connection: this.#connection!,
      stream: this.#stream,
      request: this.#request!,
    };
    try {
      const mayReuse = await relayAnswer(ends, this, head, rest);
      this.report();
      // For the visitor it is over; the app may still be reading.
      await this.#sending;
      this.#finish(mayReuse && ends.request.body !== "upgrade");
    } catch (error) {
      this.#fail(error);
    }
  }

  #finish(mayReuse: boolean): void {
    const now = this.#context.now();
    this.report(now);
    const connection = this.#connection!;
    if (mayReuse && connection.isSent) {
      this.#connection = undefined;
      this.#context.pool.give(connection, now);
    } else {
      connection.close();
    }
  }

  #fail(error: unknown): void {
    this.#connection?.close();
    // Whoever wanted the answer has left; what else went wrong is a consequence.
    if (this.#problem !== undefined || this.#stream.failure === undefined) {
      const { label } = this.#context.pool;
      const problem = this.#problem ?? problemOf(label, error, this.#connection !== undefined);
      if (!this.#isAnswered) this.status = PROBLEM_STATUS[problem.code];
      this.#context.onProblem(problem);
      this.#stream.reset(problem.code);
    }
    this.report();
  }
}
