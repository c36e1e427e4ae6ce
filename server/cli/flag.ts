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
  | { readonly kind: "seconds" }
  | { readonly kind: "lifetime" }
  | { readonly kind: "bytes" };

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
  /** May be given more than once; the values are joined by commas. */
  readonly repeat?: true;
  /** Not to be shown to anybody. */
  readonly secret?: true;
  /** Names a file or a directory: in a config file it is seen from there. */
  readonly path?: true;
}
