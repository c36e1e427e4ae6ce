/**
 * Takes out of a text what somebody could get in with: people paste a token where a port belongs,
 * and addresses with a password in them. Messages end up in logs, and in questions to others.
 *
 * The client has a twin of this file on purpose: only what crosses the wire is shared.
 *
 * @module
 */

const MASK = "********";

/** `eyJ` is how the JSON of a token's header begins, in base64. */
const TOKEN = /\beyJ[\w-]+\.[\w.-]+/g;

/** What stands before the `@` of an address: `user:password`, or anything right after `//`. */
const USER = /(?<=\/\/)[^\s"'/]+(?=@)|(?<![^\s"'/(,=])[^\s"'/@:,=]+:(?!\/\/)[^\s"']*(?=@)/g;

/** The query of an address: keys and signatures are found there. */
const QUERY = /(?<=\S\?)[^\s"'?=]+=[^\s"']*/g;

/** The text without tokens, passwords of addresses and queries. */
export function masked(text: string): string {
  return text.replace(TOKEN, MASK).replace(USER, MASK).replace(QUERY, MASK);
}
