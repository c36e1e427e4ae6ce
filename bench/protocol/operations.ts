/**
 * What a worker can be asked.
 *
 * @module
 */

/** Operations by name; the arguments of each are between the asker and it. */
// deno-lint-ignore no-explicit-any
export type Operations = Record<string, (args: any) => unknown>;
