import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { page } from "./list_page.ts";

/** Walks over all pages, by the links. */
async function walk(keys: Iterable<string>, query: string): Promise<string[][]> {
  const app = new Hono();
  app.get("/list", (c) => page(c, keys, (key) => key, (key) => ({ key })));
  const pages: string[][] = [];
  let at: string | undefined = `/list?${query}`;
  while (at !== undefined) {
    const response: Response = await app.request(at);
    const rows = await response.json() as { key: string }[];
    pages.push(rows.map(({ key }) => key));
    at = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return pages;
}

function orders(keys: readonly string[]): string[][] {
  const middle = keys.length / 2;
  return [[...keys], keys.toReversed(), [...keys.slice(middle), ...keys.slice(0, middle)]];
}

Deno.test("page() shows each row once and in order, whatever the order of the rows", async () => {
  const keys = Array.from({ length: 100 }, (_, index) => `k${String(index).padStart(3, "0")}/http`);
  for (const rows of orders(keys)) {
    for (const limit of [1, 2, 7, 33, 99, 100, 101, 1000]) {
      const pages = await walk(rows, `limit=${limit}`);
      assertEquals(pages.flat(), keys, String(limit));
      assertEquals(pages.length, Math.ceil(keys.length / limit));
    }
  }
});

Deno.test("page() begins after a key, and keeps the rest of the query", async () => {
  assertEquals(await walk(["c", "a&b", "b"], "after=a%26b&limit=1"), [["b"], ["c"]]);
  assertEquals(await walk(["a"], "after=b"), [[]]);
  assertEquals(await walk([], ""), [[]]);
  const app = new Hono();
  app.get("/list", (c) => page(c, ["a", "b"], (key) => key, (key) => ({ key })));
  const { headers } = await app.request("/list?sub=%C3%BC&limit=1");
  assertEquals(headers.get("link"), '</list?sub=%C3%BC&limit=1&after=a>; rel="next"');
});
