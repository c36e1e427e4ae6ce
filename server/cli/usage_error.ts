/**
 * The one error for "you typed it wrong".
 *
 * @module
 */

import { masked } from "../masked.ts";

/** A mistake on the command line or in the environment: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** Stable, as for every error of ours. */
  readonly code = "usage" as const;

  /** Makes an error that shows what was typed, but no secret in it. */
  constructor(message: string, options?: ErrorOptions) {
    super(masked(message), options);
  }
}
