/**
 * Long lists, a page at a time.
 *
 * @module
 */

import type { Context } from "hono";
import type { Parameter, Success } from "./operation.ts";
import type { SchemaName } from "./schemas.ts";

/** A page has at most so many rows: to write them takes a few milliseconds. */
const MOST_ROWS = 1000;

/** As long as a key can be: a revocation, with what tells its kind. */
const MAX_KEY_CHARACTERS = 520;

/** What says which page. */
export const PAGING: readonly Parameter[] = [
  {
    name: "limit",
    in: "query",
    description: "Rows of a page.",
    schema: { type: "integer", minimum: 1, maximum: MOST_ROWS, default: MOST_ROWS },
  },
  {
    name: "after",
    in: "query",
    description: "Where the page begins; taken from the Link of the page before.",
    schema: { type: "string", minLength: 0, maxLength: MAX_KEY_CHARACTERS },
  },
];

/** How a page is described. */
export function pageOf(schema: SchemaName, description: string): Success {
  return {
    description,
    json: [schema],
    headers: { Link: 'The next page, with rel="next"; not there on the last one.' },
  };
}

/** A part of a list, in the order of its keys, with a link to the next. */
export function page<Row>(
  c: Context,
  rows: Iterable<Row>,
  keyOf: (row: Row) => string,
  describe: (row: Row) => object,
): Response {
  const after = c.req.query("after") ?? "";
  const limit = Number(c.req.query("limit") ?? MOST_ROWS);
  const keyed = Array.from(rows, (row) => ({ key: keyOf(row), row }));
  const rest = keyed.filter(({ key }) => key > after).sort((a, b) => a.key < b.key ? -1 : 1);
  const shown = rest.slice(0, limit);
  if (rest.length > limit) {
    const asked = { ...c.req.query(), after: shown.at(-1)!.key, limit: String(limit) };
    const next = new URLSearchParams(asked);
    c.header("Link", `<${c.req.path}?${next}>; rel="next"`);
  }
  return c.json(shown.map(({ row }) => describe(row)));
}
