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
  const limit = Number(c.req.query("limit") ?? MOST_ROWS);
  const found = firstAfter(c.req.query("after") ?? "", limit + 1, rows, keyOf);
  const shown = found.slice(0, limit);
  if (found.length > limit) {
    const asked = { ...c.req.query(), after: shown.at(-1)!.key, limit: String(limit) };
    const next = new URLSearchParams(asked);
    c.header("Link", `<${c.req.path}?${next}>; rel="next"`);
  }
  return c.json(shown.map(({ row }) => describe(row)));
}

interface Keyed<Row> {
  readonly key: string;
  readonly row: Row;
}

/** The first `count` rows. To sort all of 100,000 would hold up every visitor. */
function firstAfter<Row>(
  after: string,
  count: number,
  rows: Iterable<Row>,
  keyOf: (row: Row) => string,
): Keyed<Row>[] {
  let kept: Keyed<Row>[] = [];
  let last: string | undefined;
  for (const row of rows) {
    const key = keyOf(row);
    if (key <= after || (last !== undefined && key > last)) continue;
    kept.push({ key, row });
    if (kept.length < 2 * count) continue;
    kept = kept.sort(byKey).slice(0, count);
    last = kept.at(-1)!.key;
  }
  return kept.sort(byKey).slice(0, count);
}

function byKey(a: Keyed<unknown>, b: Keyed<unknown>): number {
  return a.key < b.key ? -1 : 1;
}
