/**
 * The variables of the process.
 *
 * @module
 */

/** The environment, as far as anybody asks. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment, if it may be read without asking anybody. */
export function environment(): Environment {
  const { state } = Deno.permissions.querySync({ name: "env" });
  return state === "granted" ? Deno.env.toObject() : {};
}
