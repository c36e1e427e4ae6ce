import { assertEquals, assertStrictEquals } from "@std/assert";
import type { RequestEvent } from "../../events.ts";
import { withoutQuery } from "./without_query.ts";

const REQUEST: RequestEvent = {
  event: "request",
  method: "GET",
  path: "/",
  status: 200,
  ms: 1,
  bytes: 2,
};

Deno.test("withoutQuery() leaves the query of an address out, and everything else as it is", () => {
  assertEquals(withoutQuery({ ...REQUEST, path: "/a?key=1?2" }), { ...REQUEST, path: "/a" });
  for (const event of [REQUEST, { event: "stopped" }, { event: "paused" }] as const) {
    assertStrictEquals(withoutQuery(event), event);
  }
});
