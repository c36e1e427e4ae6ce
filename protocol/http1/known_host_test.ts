import { assertEquals } from "@std/assert";
import { KnownHost } from "./known_host.ts";
import { encodeLatin1 } from "./octets.ts";

Deno.test("KnownHost.read() reads each host as if it were the first", () => {
  const known = new KnownHost();
  const read = (text: string) => {
    const bytes = encodeLatin1(`Host: ${text}\r\n`);
    const authority = known.read(bytes, 6, 6 + text.length);
    return authority === null ? null : [authority.host, authority.port, known.text];
  };
  assertEquals(read("a.example:80"), ["a.example", 80, "a.example:80"]);
  assertEquals(read("b.example:80"), ["b.example", 80, "b.example:80"]);
  assertEquals(read("B.example:80"), ["b.example", 80, "B.example:80"]);
  assertEquals(read("b.example:8"), ["b.example", 8, "b.example:8"]);
  assertEquals(read("b.example/8"), null);
  assertEquals(read("b.example/8"), null);
  assertEquals(read(""), null);
});

Deno.test("KnownHost.read() gives the same object for the same host", () => {
  const known = new KnownHost();
  const first = known.read(encodeLatin1("a.example"), 0, 9);
  assertEquals(known.read(encodeLatin1("xa.example"), 1, 10) === first, true);
});
