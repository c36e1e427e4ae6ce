import { assertEquals } from "@std/assert";
import { parseAuthority } from "@tun/protocol/http1";
import { HostTable } from "./host_table.ts";

Deno.test("HostTable.meaningOf() tells tunnels from our own hosts and from strangers", () => {
  const hosts = new HostTable("tun.example", "https://front.example:8443");
  const rows: [host: string, meaning: string][] = [
    ["app.tun.example", "tunnel app"],
    ["APP.Tun.Example:8080", "tunnel app"],
    ["app.tun.example.", "tunnel app"],
    ["tun.example", "control"],
    ["front.example", "control"],
    ["localhost:8080", "control"],
    ["127.0.0.1", "control"],
    ["[::1]:80", "control"],
    ["a.b.tun.example", "unknown"],
    ["xtun.example", "unknown"],
    ["tun.example.evil.example", "unknown"],
    ["example", "unknown"],
  ];
  for (const [host, expected] of rows) {
    const meaning = hosts.meaningOf(parseAuthority(host));
    const actual = meaning.kind === "tunnel" ? `tunnel ${meaning.name}` : meaning.kind;
    assertEquals(actual, expected, host);
  }
  assertEquals(hosts.meaningOf(null).kind, "unknown");
});
