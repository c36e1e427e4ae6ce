import { assertEquals, assertThrows } from "@std/assert";
import { encodeLatin1 } from "./octets.ts";
import { parseTrailers } from "./trailers.ts";
import { HttpViolation } from "./violation.ts";

Deno.test("parseTrailers takes lines, and none that speak of framing or routing", () => {
  const parse = (text: string) => parseTrailers(encodeLatin1(text.replaceAll("\n", "\r\n")));
  assertEquals(parse("grpc-status: 0\nX: y\n").get("Grpc-Status"), "0");
  for (const line of ["Content-Length: 1", "Host: a", "TE: trailers", "Via: 1.1 x", "Trailer: X"]) {
    const error = assertThrows(() => parse(`X: y\n${line}\n`), HttpViolation);
    assertEquals(error.code, "bad_trailer", line);
  }
  const long = assertThrows(() => parse(`X: ${"y".repeat(16 * 1024)}\n`), HttpViolation);
  assertEquals(long.code, "trailers_too_large");
});
