import { assertThrows } from "@std/assert";
import { parseNetwork } from "./network.ts";
import { UsageError } from "./usage_error.ts";

Deno.test("parseNetwork says where a mistake is and what was meant", () => {
  assertThrows(
    () => parseNetwork("10.0.0.1/8", "--trusted-proxies"),
    UsageError,
    '--trusted-proxies: "10.0.0.1/8" has bits beyond its prefix: did you mean 10.0.0.0/8',
  );
  for (const text of ["", "10.0.0.0/33", "host", "[::1]", "1.2.3.4/8/9", "::ffff:1.2.3.4/8"]) {
    assertThrows(
      () => parseNetwork(text, "--trusted-proxies"),
      UsageError,
      "--trusted-proxies: expected an address or a network",
    );
  }
});
