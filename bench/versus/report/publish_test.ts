import { assertEquals, assertThrows } from "@std/assert";
import { replaceReport } from "./publish.ts";

const PAGE =
  "before\n\n<!-- report of versus -->\n\nold\n\n<!-- end of the report of versus -->\n\nafter\n";

Deno.test("replaceReport changes what is between the marks, and nothing else", () => {
  const page = replaceReport(PAGE, "new\n");
  assertEquals(page, PAGE.replace("old", "new"));
  assertEquals(replaceReport(page, "old\n"), PAGE);
});

Deno.test("replaceReport refuses a page without marks", () => {
  assertThrows(() => replaceReport("before\n", "new"), RangeError);
});
