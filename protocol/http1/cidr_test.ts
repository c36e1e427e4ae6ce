import { assertEquals } from "@std/assert";
import { Cidr } from "./cidr.ts";

Deno.test("Cidr.contains tells addresses inside from those outside", () => {
  const cases: readonly [range: string, inside: string[], outside: string[]][] = [
    ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["11.0.0.0", "::a00:1"]],
    ["192.0.2.128/25", ["192.0.2.128", "192.0.2.255"], ["192.0.2.127", "192.0.3.128"]],
    ["127.0.0.1", ["127.0.0.1"], ["127.0.0.2", "127.0.0.0"]],
    ["0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::1"]],
    ["::1", ["::1", "0:0:0:0:0:0:0:1"], ["::2", "127.0.0.1"]],
    ["2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::1"]],
    ["::/0", ["::", "ffff::"], ["1.2.3.4"]],
    ["::ffff:10.0.0.0/104", ["10.2.3.4", "::ffff:10.2.3.4"], ["11.0.0.0", "::a00:1"]],
    ["::ffff:10.0.0.1", ["10.0.0.1"], ["10.0.0.2"]],
  ];
  for (const [range, inside, outside] of cases) {
    const cidr = Cidr.parse(range)!;
    for (const ip of inside) assertEquals(cidr.contains(ip), true, `${ip} in ${range}`);
    for (const ip of outside) assertEquals(cidr.contains(ip), false, `${ip} in ${range}`);
    assertEquals(cidr.contains("localhost"), false);
  }
});

Deno.test("Cidr.parse refuses what is not a range", () => {
  const bad = [
    ...["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.0/08", "10.0.0.0/-1"],
    ...[
      "10.0.0.1/8",
      "10.0.0/8",
      "::/129",
      "::1/127",
      "localhost",
      "1.2.3.4 ",
      "[::1]",
      "fe80::1%lo",
      "::ffff:10.0.0.0/8",
    ],
  ];
  for (const text of bad) assertEquals(Cidr.parse(text), null, text);
});

Deno.test("Cidr.complaint names the network that was meant, if one was", () => {
  const rows: [text: string, says: string][] = [
    ["10.0.0.1/8", '"10.0.0.1/8" has bits beyond its prefix: did you mean 10.0.0.0/8 or 10.0.0.1?'],
    [
      "2001:db8::1/33",
      '"2001:db8::1/33" has bits beyond its prefix: did you mean 2001:db8::/33 or 2001:db8::1?',
    ],
    ["10.0/8", 'expected an address or a network (10.0.0.0/8), got "10.0/8"'],
    ["host", 'expected an address or a network (10.0.0.0/8), got "host"'],
  ];
  for (const [text, says] of rows) assertEquals(Cidr.complaint(text), says);
});

Deno.test("Cidr.toString is the canonical spelling, which parses to the same", () => {
  for (const text of ["10.0.0.0/8", "127.0.0.1/32", "::/0", "2001:db8::/33", "::1/128"]) {
    assertEquals(`${Cidr.parse(text)}`, text);
  }
  assertEquals(`${Cidr.parse("::ffff:10.0.0.0/104")}`, "10.0.0.0/8");
});
