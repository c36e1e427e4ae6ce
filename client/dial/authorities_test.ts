import { assertEquals, assertThrows } from "@std/assert";
import { caCert } from "../../tests/support/transport_certificates.ts";
import { AuthoritiesError, checkAuthorities } from "./authorities.ts";

Deno.test("checkAuthorities() takes one certificate or several", () => {
  checkAuthorities(caCert);
  checkAuthorities(caCert + caCert);
});

Deno.test("checkAuthorities() refuses certificates that are damaged", () => {
  const lines = caCert.trim().split("\n");
  const damaged = [
    lines.slice(0, -1),
    [lines[0], lines.at(-1)],
    [...lines.slice(0, 2), ...lines.slice(3)],
    [lines[0], "!" + lines[1]!.slice(1), ...lines.slice(2)],
  ];
  for (const part of damaged) {
    const error = assertThrows(() => checkAuthorities(part.join("\n")), AuthoritiesError);
    assertEquals(error.code, "usage");
  }
});
