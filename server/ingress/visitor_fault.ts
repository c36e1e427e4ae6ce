/**
 * What a visitor does wrong once its request's head is in.
 *
 * @module
 */

import type { AnswerCode } from "./answer.ts";

/** The visitor's own fault, after which its connection is of no use. */
export class VisitorFault extends Error {
  /** Tells the class apart. */
  override readonly name = "VisitorFault";
  /** What it did. */
  readonly code: "broke_off" | "left" | "stalled" | "body_too_large" | "violation";
  /** What to answer, if it may still be listening. */
  readonly answer: AnswerCode | undefined;

  /** Makes the error. */
  constructor(code: VisitorFault["code"], answer?: AnswerCode, options?: ErrorOptions) {
    super(`The visitor's request failed: ${code}`, options);
    this.code = code;
    this.answer = answer;
  }
}
