import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { cidrContains, LOOPBACK, parseAddress, parseCidr } from "./cidr.ts";
import { UsageError } from "./usage_error.ts";

function contains(network: string, address: string): boolean {
  return cidrContains(parseCidr(network, "x"), parseAddress(address)!);
}

Deno.test("parseAddress reads addresses exactly", () => {
  const bytes = (text: string): number[] | undefined =>
    parseAddress(text) && [...parseAddress(text)!];
  assertEquals(bytes("1.2.3.4"), [1, 2, 3, 4]);
  assertEquals(bytes("::ffff:1.2.3.4"), [1, 2, 3, 4]);
  assertEquals(bytes("::"), Array(16).fill(0));
  assertEquals(bytes("2001:db8::1"), [0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), 1]);
  assertEquals(bytes("1:2:3:4:5:6:7:8"), [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]);
  for (
    const text of [
      "",
      "1.2.3",
      "1.2.3.256",
      "01.2.3.4",
      "0x7f.1.1.1",
      "1::2::3",
      "g::",
      "fe80::1%eth0",
      "localhost",
    ]
  ) {
    assertEquals(parseAddress(text), undefined, text);
  }
});

Deno.test("cidrContains compares the bits of the prefix", () => {
  assert(contains("10.0.0.0/8", "10.255.1.2"));
  assertFalse(contains("10.0.0.0/8", "11.0.0.0"));
  assert(contains("192.168.1.128/25", "192.168.1.200"));
  assertFalse(contains("192.168.1.128/25", "192.168.1.127"));
  assert(contains("10.1.2.3/8", "10.9.9.9"), "bits beyond the prefix do not count");
  assert(contains("1.2.3.4", "1.2.3.4"));
  assertFalse(contains("1.2.3.4", "1.2.3.5"));
  assert(contains("0.0.0.0/0", "8.8.8.8"));
  assertFalse(contains("0.0.0.0/0", "::1"), "another family is never inside");
  assert(contains("2001:db8::/33", "2001:db8:7fff::1"));
  assertFalse(contains("2001:db8::/33", "2001:db8:8000::1"));
  assert(contains("::ffff:10.0.0.0/104", "10.2.3.4"));
  assert(contains("[::1]", "::1"));
  assert(LOOPBACK.some((cidr) => cidrContains(cidr, parseAddress("::ffff:127.0.0.9")!)));
});

Deno.test("parseCidr refuses what is no network", () => {
  for (
    const text of [
      "",
      "10.0.0.0/33",
      "::/129",
      "10.0.0.0/",
      "10.0.0.0/a",
      "10.0/8",
      "host",
      "1.2.3.4/8/9",
      "::ffff:1.2.3.4/8",
    ]
  ) {
    assertThrows(
      () => parseCidr(text, "--trusted-proxies"),
      UsageError,
      "--trusted-proxies: expected",
    );
  }
});
