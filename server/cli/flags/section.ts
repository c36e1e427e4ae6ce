/**
 * A part of the flag table: the rows under one heading of the help.
 *
 * @module
 */

import type { Flag } from "../flag.ts";

/** The subcommands that need a key: to sign a token, or to check one. */
export const KEYED: readonly string[] = ["serve", "token", "inspect"];

/** Those of them that check tokens. */
export const CHECKING: readonly string[] = ["serve", "inspect"];

/** A row says what differs from most others: what it takes if that is not text, and for whom. */
type Row = Omit<Flag, "type" | "group" | "commands"> & Partial<Pick<Flag, "type" | "commands">>;

/** The rows under `group`, for `commands` unless a row says otherwise. */
export function section(
  group: string,
  commands: readonly string[],
  rows: readonly Row[],
): readonly Flag[] {
  return rows.map((row) => ({ type: { kind: "text" }, group, commands, ...row }));
}
