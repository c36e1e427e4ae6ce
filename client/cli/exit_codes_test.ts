import { assertEquals } from "@std/assert";
import { exitCodeOf } from "./exit_codes.ts";

Deno.test("exitCodeOf keeps the contract with scripts", () => {
  const contract = {
    usage: 2,
    token_refused: 3,
    token_expired: 3,
    token_revoked: 3,
    name_taken: 4,
    name_refused: 4,
    port_refused: 4,
    displaced: 4,
    not_tun: 5,
    version_mismatch: 5,
    internal: 1,
    constructor: 1,
  };
  for (const [code, exit] of Object.entries(contract)) assertEquals(exitCodeOf(code), exit, code);
});
