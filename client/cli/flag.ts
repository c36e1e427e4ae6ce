/**
 * What a row of the flag table says.
 *
 * @module
 */

/** What a flag's value must look like. */
export type FlagType =
  | { readonly kind: "boolean" }
  | { readonly kind: "text" }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "seconds" };

/** One flag: how it is spelled, what it takes and what the help says about it. */
export interface Flag {
  /** The long spelling, without dashes. */
  readonly name: string;
  /** Other long spellings. */
  readonly aliases?: readonly string[];
  /** One letter. */
  readonly short?: string;
  /** The environment variable that is asked when the flag is absent. */
  readonly env?: string;
  /** What the value must look like. */
  readonly type: FlagType;
  /** May be given more than once; in its variable, a line each. */
  readonly repeat?: true;
  /** How the help names the value. */
  readonly placeholder?: string;
  /** How the help names the value taken when nothing is given. */
  readonly fallback?: string;
  /** The heading it is listed under. */
  readonly group: string;
  /** One or two lines for people. */
  readonly help: string;
  /** The subcommands that take it. */
  readonly commands: readonly string[];
  /** Known by name, refused with "not in this version", not in the help. */
  readonly reserved?: true;
}
