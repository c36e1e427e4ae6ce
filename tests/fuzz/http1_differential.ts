/**
 * Differential fuzzing of the HTTP/1.1 codec. The invariant, in one sentence:
 * whatever our codec accepts, llhttp accepts, and finds the same messages in
 * it (method, target, version, fields, body, trailers, boundaries, and whether
 * another message or another protocol follows); and what our codec says does
 * not depend on the pieces in which the bytes come.
 *
 * The one exception is a method that llhttp does not know: it reads the same
 * stream with `POST` instead.
 *
 * @module
 */

import { generate, type Random, randomFrom, type Stream } from "./http1_generator.ts";
import type { Seen, SeenMessage } from "./http1_message.ts";
import { KNOWN_METHODS, latin1, referee } from "./http1_referee.ts";
import { subject, type SubjectSeen } from "./http1_subject.ts";

/** What to run. */
export interface FuzzOptions {
  /** Where to start; the same seed makes the same streams. */
  readonly seed: number;
  /** How long to run. */
  readonly seconds: number;
  /** Stop after so many streams. @default {Infinity} */
  readonly cases?: number;
  /** Receives a line now and then. */
  readonly log: (line: string) => void;
}

/** What a run has seen. */
export interface FuzzReport {
  /** Streams tried. */
  readonly cases: number;
  /** Messages that we accepted and llhttp understood alike. */
  readonly messages: number;
  /** Streams that we refused, by the code of the violation. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Streams that we refused although llhttp did not. */
  readonly stricter: number;
}

/** Runs until the time is up; throws at the first stream that is understood differently. */
export function run(options: FuzzOptions): Promise<FuzzReport> {
  const until = performance.now() + options.seconds * 1000;
  const refusals: Record<string, number> = {};
  let messages = 0;
  let stricter = 0;
  let cases = 0;
  options.log(`http1_differential: seed ${options.seed}, ${options.seconds} s`);
  const limit = options.cases ?? Infinity;
  while (cases < limit && (cases % 64 !== 0 || performance.now() < until)) {
    // Every stream has a seed of its own, so one alone can be made again.
    const random = randomFrom(options.seed + cases);
    const stream = generate(random);
    const result = compare(stream, random);
    if (result.problem !== null) {
      throw new Error(
        `http1_differential: seed ${options.seed + cases}: ${result.problem}\n` +
          describe(stream),
      );
    }
    messages += result.seen.messages.filter((message) => message.complete).length;
    const { refusal } = result.seen;
    if (refusal !== null) {
      refusals[refusal] = (refusals[refusal] ?? 0) + 1;
      if (result.refereeRefusal === null) stricter++;
    }
    cases++;
  }
  options.log(
    `http1_differential: ${cases} streams, ${messages} messages alike, ` +
      `${Object.values(refusals).reduce((sum, count) => sum + count, 0)} refused ` +
      `(${stricter} of them only by us), no difference`,
  );
  return Promise.resolve({ cases, messages, refusals, stricter });
}

/** What a comparison found. */
export interface Comparison {
  /** How the two differ, or `null`. */
  readonly problem: string | null;
  /** What our codec found. */
  readonly seen: SubjectSeen;
  /** Why llhttp refused the stream, if it did. */
  readonly refereeRefusal: string | null;
}

/** Reads one stream with both parsers; `refereeNoBody` misleads one of them, to test this. */
export function compare(
  stream: Stream,
  random: Random,
  { refereeNoBody = stream.noBody }: { readonly refereeNoBody?: boolean } = {},
): Comparison {
  const { kind, bytes, noBody, ended } = stream;
  const seen = subject(kind, [bytes], noBody, ended);
  const pieces = cutAtRandom(bytes, random);
  const again = subject(kind, pieces, noBody, ended);
  const judged = referee(kind, withKnownMethods(bytes, seen), refereeNoBody, ended);
  const refereeRefusal = judged.refusal;
  // What is still incomplete may be refused a little later in pieces.
  const late = (again.refusal === null || again.refusal === "early_end") && seen.refusal !== null;
  const same = JSON.stringify(late ? { ...again, refusal: seen.refusal } : again);
  if (JSON.stringify(seen) !== same) {
    const lengths = pieces.map((piece) => piece.length).join(",");
    return {
      problem: `in pieces of ${lengths}: ${JSON.stringify(again)}\nwhole: ${JSON.stringify(seen)}`,
      seen,
      refereeRefusal,
    };
  }
  for (let i = 0; i < seen.messages.length; i++) {
    const difference = differ(seen, judged, i, kind === "response");
    if (difference !== null) {
      const problem = `message ${i}: ${difference}\nours: ${JSON.stringify(seen)}\n` +
        `llhttp: ${JSON.stringify(judged)}`;
      return { problem, seen, refereeRefusal };
    }
  }
  return { problem: null, seen, refereeRefusal };
}

function differ(seen: SubjectSeen, judged: Seen, index: number, response: boolean): string | null {
  const ours = seen.messages[index]!;
  const theirs = judged.messages[index];
  if (theirs === undefined) return `llhttp has no such message: ${judged.refusal}`;
  const method = seen.methods[index]!;
  const start = response || KNOWN_METHODS.has(method)
    ? ours.start
    : ours.start.replace(method, "POST");
  if (start !== theirs.start) return `start: ${start} / ${theirs.start}`;
  if (ours.minor !== theirs.minor) return "version";
  if (JSON.stringify(ours.headers) !== JSON.stringify(theirs.headers)) return "fields";
  if (ours.upgrade !== theirs.upgrade) return "upgrade";
  if (ours.keepAlive !== theirs.keepAlive && !keepAliveUnknown(ours, response)) return "keep-alive";
  if (!theirs.body.startsWith(ours.body)) return "body";
  if (!ours.complete) return null;
  if (!theirs.complete) return `llhttp does not see its end: ${judged.refusal}`;
  if (ours.body !== theirs.body) return "body";
  if (JSON.stringify(ours.trailers) !== JSON.stringify(theirs.trailers)) return "trailers";
  return null;
}

/**
 * Of a response llhttp says whether it keeps the connection before it has been
 * told that the request was HEAD; for 1xx the question has no meaning.
 */
function keepAliveUnknown(message: SeenMessage, response: boolean): boolean {
  return response && (message.start.startsWith("1") || message.keepAlive === true);
}

function withKnownMethods(bytes: Uint8Array, seen: SubjectSeen): Uint8Array {
  let text: string | null = null;
  for (let i = seen.methods.length - 1; i >= 0; i--) {
    const method = seen.methods[i]!;
    if (method === "" || KNOWN_METHODS.has(method)) continue;
    text ??= latin1(bytes);
    const start = text.indexOf(method, seen.starts[i]!);
    text = `${text.slice(0, start)}POST${text.slice(start + method.length)}`;
  }
  return text === null ? bytes : Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function cutAtRandom(bytes: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const mean = random() < 0.3 ? 1 : 1 + random() * 40;
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 2 * (mean - 1)));
    pieces.push(bytes.slice(at, end));
    at = end;
  }
  return pieces;
}

function describe(stream: Stream): string {
  const { kind, noBody, ended } = stream;
  return JSON.stringify({ kind, noBody, ended, text: latin1(stream.bytes) });
}
