import { assertEquals } from "@std/assert";
import { addressGroup } from "./address_group.ts";

const CASES: [string, string][] = [
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["::FFFF:c000:0207", "192.0.2.7"],
  ["2001:db8:0:1::5", "2001:db8:0:1::/64"],
  ["2001:0DB8:0000:0001:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"],
  ["[2001:db8:0:1::5]", "2001:db8:0:1::/64"],
  ["2001:db8::1:0:0:5", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"],
  ["not an address", "not an address"],
  ["1:2:3", "1:2:3"],
  ["1::2::3", "1::2::3"],
  ["1:2:3:4:5:6:7:8::", "1:2:3:4:5:6:7:8::"],
  ["12345::", "12345::"],
];

for (const [ip, group] of CASES) {
  Deno.test(`addressGroup() puts ${ip} into ${group}`, () => {
    assertEquals(addressGroup(ip), group);
  });
}
