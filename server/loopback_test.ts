import { assert } from "@std/assert";
import { LOOPBACK } from "./loopback.ts";

Deno.test("LOOPBACK is the machine itself, in either family and in IPv6 clothes", () => {
  for (const ip of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.9"]) {
    assert(LOOPBACK.some((network) => network.contains(ip)), ip);
  }
});
