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
 * @module
 */

import { type HttpOpen, type ResponseHead as TunnelResponse, TransportError } from "@tun/protocol";
import {
  type BodyDecoder,
  createBodyDecoder,
  encodeChunk,
  forwardResponse,
  HttpViolation,
  type ResponseHead,
} from "@tun/protocol/http1";
import type { AppConnection } from "./app_connection.ts";
import type { AppPool } from "./app_pool.ts";
import { AppProblem, malformed, PROBLEM_STATUS } from "./app_problem.ts";
import { lastChunk, type RequestBytes, requestBytes, wrongLength } from "./request_bytes.ts";
import type { RequestStream } from "./request_stream.ts";
import { splice } from "./splice.ts";

/** What all exchanges of a tunnel have in common. */
export interface ExchangeContext {
  /** Connections to the app. */
  readonly pool: AppPool;
  /** The `Host` to send instead of the visitor's. */
  readonly hostHeader: string | undefined;
  /** The time, in milliseconds. */
  now(): number;
  /** A final answer has begun, with the first piece of its body if that is at hand. */
  onAnswer(path: string, status: number, body: Uint8Array | undefined): void;
  /** The exchange is over for the visitor. */
  onEnd(exchange: HttpExchange): void;
  /** The app is at fault, or we are. */
  onProblem(problem: AppProblem): void;
}

/** An app may close a connection at any time; one that was just used is safe enough to rely on. */
const FRESH_MS = 1_000;

/** Carries one exchange. */
export class HttpExchange {
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
  #isSent = false;
  #isAnswered = false;
  #isReported = false;

  /** Makes an exchange; {@linkcode run} carries it out. */
  constructor(context: ExchangeContext, stream: RequestStream, head: HttpOpen) {
    this.#context = context;
    this.#stream = stream;
    this.head = head;
    this.startedAt = context.now();
    stream.onFailure = () => this.#cut();
  }

  /** Resolves when it is over, also for the app. Never rejects. */
  async run(): Promise<void> {
    try {
      // It can have left in the packet in which it came.
      if (this.#stream.failure !== undefined) throw this.#stream.failure;
      const request = requestBytes(this.head, this.#stream, this.#context.hostHeader);
      await this.#exchange(request);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.waitingSince = Infinity;
      this.#report();
    }
  }

  /** The app has not answered in time. */
  timeOut(message: string): void {
    this.#problem = new AppProblem("app_timeout", message);
    this.#cut();
  }

  // A field, so that one closure is enough for all attempts.
  readonly #onSent = (): void => {
    this.#isSent = true;
  };

  /** Ends what goes on with the app. */
  #cut(): void {
    this.#dialing?.abort(this.#problem);
    this.#connection?.close();
  }

  async #exchange(request: RequestBytes): Promise<void> {
    this.#request = request;
    const { pool } = this.#context;
    let connection = pool.take(request.mayRepeat ? Infinity : FRESH_MS);
    for (;;) {
      connection ??= await this.#dial();
      this.#connection = connection;
      this.waitingSince = this.#context.now();
      this.#isSent = false;
      const written = connection.write(request.bytes);
      // A write that fails is seen by the read, behind what the app may have said before.
      written.then(request.body === "whole" ? this.#onSent : ignore, ignore);
      const sending = request.body === "whole" || request.body === "upgrade"
        ? undefined
        : this.#send(connection, request, written);
      const first = await connection.read().catch(nothingOnLoss);
      if (first !== null) return await this.#relay(connection, first, sending);
      connection.close();
      if (this.#problem !== undefined) throw this.#problem;
      const mayRepeat = connection.isReused && request.mayRepeat;
      if (!mayRepeat || this.#stream.failure !== undefined) throw this.#silent();
      connection = undefined;
    }
  }

  async #dial(): Promise<AppConnection> {
    this.waitingSince = Infinity;
    this.#dialing = new AbortController();
    const connection = await this.#context.pool.dial(this.#dialing.signal);
    this.#dialing = undefined;
    // The visitor can have left in the moment in which the connection came about.
    if (this.#stream.failure !== undefined) {
      connection.close();
      throw this.#stream.failure;
    }
    return connection;
  }

  /** Sends the rest of the request's body. */
  async #send(
    connection: AppConnection,
    { body, next, left }: RequestBytes,
    written: Promise<void>,
  ): Promise<void> {
    const stream = this.#stream;
    try {
      await written;
      let piece: Uint8Array | null | undefined = next;
      for (;;) {
        piece ??= stream.tryRead();
        if (piece === undefined) {
          // Now the visitor is waited for, and that is not the app's fault.
          this.waitingSince = Infinity;
          piece = await stream.read();
        }
        this.#touch();
        if (piece === null) break;
        left -= piece.length;
        if (body === "length" && left < 0) throw wrongLength();
        await connection.write(body === "chunked" ? encodeChunk(piece) : piece);
        stream.recycle(piece);
        this.#touch();
        piece = undefined;
      }
      if (body === "length" && left > 0) throw wrongLength();
      if (body === "chunked") await connection.write(lastChunk(stream));
      this.#isSent = true;
      this.#touch();
    } catch (error) {
      // A connection that broke is seen by the read, a visitor that left by the stream.
      if (error instanceof TransportError || stream.failure !== undefined) return;
      this.#problem = error instanceof AppProblem ? error : wrongLength();
      this.#cut();
    }
  }

  #touch(): void {
    if (!this.#isAnswered) this.waitingSince = this.#context.now();
  }

  async #relay(
    connection: AppConnection,
    bytes: Uint8Array,
    sending: Promise<void> | undefined,
  ): Promise<void> {
    for (;;) {
      const head = connection.parser.push(bytes);
      const rest = head === null ? EMPTY : bytes.subarray(connection.parser.consumed);
      if (head !== null) {
        if (!head.informational) return await this.#answer(connection, head, rest, sending);
        this.#touch();
        await this.#stream.respond(tunnelResponse(head));
      }
      bytes = rest.length > 0 ? rest : await this.#read(connection);
    }
  }

  /** More bytes of the head. */
  async #read(connection: AppConnection): Promise<Uint8Array> {
    const bytes = await connection.read();
    if (bytes === null) throw new HttpViolation("early_end", "The app hung up in its head");
    return bytes;
  }

  /** The final answer. */
  async #answer(
    connection: AppConnection,
    head: ResponseHead,
    rest: Uint8Array,
    sending: Promise<void> | undefined,
  ): Promise<void> {
    const { method } = this.head;
    if (head.status === 101 && !this.#request!.mayUpgrade) {
      throw new HttpViolation("bad_upgrade", "The app changes the protocol unasked");
    }
    this.waitingSince = Infinity;
    this.#isAnswered = true;
    this.status = head.status;
    const response = tunnelResponse(head);
    if (head.status === 101) return await this.#upgrade(connection, response, rest);
    const framing = head.framing(method);
    let isClean: boolean;
    const length = framing.kind === "none" ? 0 : framing.kind === "length" ? framing.length : -1;
    if (length >= 0 && length <= rest.length) {
      // All of it is here, as for nearly every request: one frame, and nothing to decode.
      const body = length === 0 ? undefined : rest.subarray(0, length);
      this.bytes = length;
      this.#context.onAnswer(this.head.target, head.status, body);
      await this.#stream.respond(response, body, true);
      isClean = rest.length === length;
    } else {
      isClean = await this.#transfer(connection, response, createBodyDecoder(framing), rest);
    }
    // For the visitor it is over; the app may still be reading.
    this.#report();
    if (sending !== undefined) await sending;
    if (isClean && this.#isSent && head.keepAlive(method)) {
      this.#connection = undefined;
      this.#context.pool.give(connection, this.#context.now());
    } else {
      connection.close();
    }
  }

  /** Sends the body as it comes; false if something came behind it. */
  async #transfer(
    connection: AppConnection,
    response: TunnelResponse,
    decoder: BodyDecoder,
    rest: Uint8Array,
  ): Promise<boolean> {
    const stream = this.#stream;
    let pieces: Uint8Array[] = [];
    const sink = (piece: Uint8Array) => void pieces.push(piece);
    let bytes: Uint8Array | null = rest;
    let end = decoder.push(bytes, 0, sink);
    const first = concat(pieces);
    this.bytes += first?.length ?? 0;
    this.#context.onAnswer(this.head.target, response.status, first);
    if (decoder.done && decoder.trailers === null) {
      await stream.respond(response, first, true);
      return end === bytes.length;
    }
    await stream.respond(response, first);
    while (!decoder.done) {
      bytes = await connection.read();
      if (stream.failure !== undefined) throw stream.failure;
      if (bytes === null) {
        decoder.end();
        break;
      }
      pieces = [];
      end = decoder.push(bytes, 0, sink);
      let sent: Promise<void> | undefined;
      for (const piece of pieces) {
        this.bytes += piece.length;
        sent = stream.write(piece);
      }
      // The last piece is not waited for, so that the end can go in the same frame.
      if (!decoder.done) await sent;
    }
    await stream.end(decoder.trailers?.bytes);
    return bytes !== null && end === bytes.length;
  }

  /** From here on the connection speaks another protocol. */
  async #upgrade(
    connection: AppConnection,
    response: TunnelResponse,
    rest: Uint8Array,
  ): Promise<void> {
    this.#report();
    await this.#stream.respond(response, rest);
    const { body, next } = this.#request!;
    if (body === "upgrade" && next !== undefined) await connection.write(next);
    await splice(this.#stream, connection);
    connection.close();
  }

  #silent(): AppProblem {
    const { label } = this.#context.pool;
    return new AppProblem("app_broken", `${label} hung up without an answer`);
  }

  #fail(error: unknown): void {
    this.#connection?.close();
    // Whoever wanted the answer has left; what else went wrong is a consequence.
    if (this.#problem === undefined && this.#stream.failure !== undefined) return;
    const problem = this.#problem ?? this.#problemOf(error);
    if (!this.#isAnswered) this.status = PROBLEM_STATUS[problem.code];
    this.#context.onProblem(problem);
    this.#stream.reset(problem.code);
  }

  #problemOf(error: unknown): AppProblem {
    if (error instanceof AppProblem) return error;
    const { label } = this.#context.pool;
    if (error instanceof HttpViolation) {
      if (this.#connection !== undefined) return malformed(label, error);
      return new AppProblem("bad_head", `a request is not valid HTTP (${error.code})`);
    }
    const options = { cause: error };
    if (error instanceof TransportError) {
      return new AppProblem("app_broken", `${label} broke off in the middle`, options);
    }
    // Ours, or a head that is too large for the tunnel: it costs this request only.
    return new AppProblem("internal", `a request failed: ${String(error)}`, options);
  }

  #report(): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#context.onEnd(this);
  }
}

const EMPTY = new Uint8Array(0);

function ignore(): void {}

/** A connection that broke before an answer is as good as one that ended. */
function nothingOnLoss(error: unknown): null {
  if (error instanceof TransportError) return null;
  throw error;
}

function tunnelResponse(head: ResponseHead): TunnelResponse {
  return {
    status: head.status,
    minorVersion: head.minor,
    reason: head.reason,
    headers: forwardResponse(head).toBytes(),
  };
}

function concat(pieces: readonly Uint8Array[]): Uint8Array | undefined {
  if (pieces.length < 2) return pieces[0];
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
