import { assertEquals } from "@std/assert";
import { formatAuthority, parseAuthority, sameAuthority } from "./host.ts";

const GOOD: readonly [text: string, canonical: string, kind: "name" | "ipv4" | "ipv6"][] = [
  ["localhost", "localhost", "name"],
  ["App.Example:8080", "app.example:8080", "name"],
  ["app.example.", "app.example", "name"],
  ["app.example.:80", "app.example:80", "name"],
  ["a_b-c.example", "a_b-c.example", "name"],
  ["1.2.3.4x", "1.2.3.4x", "name"],
  ["0x7f.example", "0x7f.example", "name"],
  ["127.0.0.1", "127.0.0.1", "ipv4"],
  ["255.255.255.255:65535", "255.255.255.255:65535", "ipv4"],
  ["127.0.0.1.", "127.0.0.1", "ipv4"],
  ["[::1]", "[::1]", "ipv6"],
  ["[2001:DB8:0:0:1:0:0:1]:1", "[2001:db8::1:0:0:1]:1", "ipv6"],
  ["[::ffff:1.2.3.4]", "[::ffff:102:304]", "ipv6"],
];

Deno.test("parseAuthority reads names and addresses in one canonical form", () => {
  for (const [text, canonical, kind] of GOOD) {
    const authority = parseAuthority(text);
    assertEquals(authority?.kind, kind, text);
    assertEquals(formatAuthority(authority!), canonical);
    assertEquals(sameAuthority(authority!, parseAuthority(canonical)!), true);
  }
});

Deno.test("parseAuthority refuses what is not host[:port]", () => {
  const bad = [
    ...["", ".", "a..b", ".a", "a.b..", ":80", "a:", "a:0", "a:65536", "a:123456", "a:-1", "a:8 0"],
    ...["a/b", "a?b", "a#b", "u@a", "a%20b", "a b", "a,b", "é", "a\\b", "*.a", "a'b", "http://a"],
    ...["127.1", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0x7f000001", "a.0x1", "a.1"],
    ...["[]", "[::1", "::1", "[::1]80", "[::g]", "[1::2::3]", "[::1%25lo]", "[v1.x]", "[1:2:3]"],
    ...[`${"a".repeat(64)}.example`, `${"a.".repeat(127)}a`],
  ];
  for (const text of bad) assertEquals(parseAuthority(text), null, text);
});
