import { assertEquals, assertThrows } from "@std/assert";
import { parsePortRange } from "./port_range.ts";
import { UsageError } from "./usage_error.ts";

Deno.test("parsePortRange reads a range or one port", () => {
  assertEquals(parsePortRange("20000-60000", "x"), { first: 20000, last: 60000 });
  assertEquals(parsePortRange("1 - 65535", "x"), { first: 1, last: 65535 });
  assertEquals(parsePortRange("5", "x"), { first: 5, last: 5 });
});

Deno.test("parsePortRange refuses what is no range", () => {
  for (const text of ["", "a", "0-5", "5-65536", "1-2-3", "-5", "5-", "1,2"]) {
    assertThrows(
      () => parsePortRange(text, "--tcp-ports"),
      UsageError,
      "--tcp-ports: expected ports",
    );
  }
  assertThrows(() => parsePortRange("6-5", "--tcp-ports"), UsageError, "the lower port first");
});
