import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  DEFAULT_ENDPOINT,
  endpointIdentity,
  endpointLabel,
  parseEndpoint,
  plaintextRefusal,
} from "./endpoint.ts";
import { UsageError } from "../usage_error.ts";

Deno.test("parseEndpoint reads every scheme", () => {
  const cases: [string, string, string, number, string][] = [
    [DEFAULT_ENDPOINT, "http", "127.0.0.1", 8080, "/connect"],
    ["tun.example.com", "https", "tun.example.com", 443, "/connect"],
    ["tun.example.com:8443", "https", "tun.example.com", 8443, "/connect"],
    ["localhost:8080", "https", "localhost", 8080, "/connect"],
    ["https://Tun.Example.com/", "https", "tun.example.com", 443, "/connect"],
    ["https://h/base/", "https", "h", 443, "/base/connect"],
    ["https://h/connect", "https", "h", 443, "/connect"],
    ["http://h", "http", "h", 80, "/connect"],
    ["ws://h:9", "ws", "h", 9, "/connect"],
    ["WSS://h", "wss", "h", 443, "/connect"],
    ["tcp://h", "tcp", "h", 7000, ""],
    ["tls://h", "tls", "h", 7000, ""],
    ["tls://h:80", "tls", "h", 80, ""],
    ["tcp://[::1]:7", "tcp", "::1", 7, ""],
    ["https://bücher.example", "https", "xn--bcher-kva.example", 443, "/connect"],
  ];
  for (const [typed, scheme, host, port, path] of cases) {
    const endpoint = parseEndpoint(typed);
    assertEquals([endpoint.scheme, endpoint.host, endpoint.port, endpoint.path], [
      scheme,
      host,
      port,
      path,
    ], typed);
    assertEquals(endpoint.secure, ["https", "wss", "tls"].includes(scheme), typed);
    assertEquals(endpoint.assumedScheme, !typed.includes("://"), typed);
  }
});

Deno.test("parseEndpoint says what is wrong, and who said it", () => {
  const cases = [
    ["htps://x", `--endpoint "htps://x": expected https, http, wss, ws, tls or tcp, did you mean`],
    ["ftp://x", `expected https, http, wss, ws, tls or tcp`],
    ["https://", "expected a URL such as https://tun.example.com"],
    ["https://h:0", "expected a port from 1 to 65535"],
    ["https://h:x", "expected a port from 1 to 65535"],
    ["https://a b", "expected a URL such as"],
    ["https://h?x=1", "leave out the query"],
    ["tcp://h/x", "tcp has no path, leave out /x"],
    ["https://h/a b", "the path may hold visible ASCII only"],
    ["https://exa\\mple", "expected a URL such as"],
  ] as const;
  for (const [typed, message] of cases) {
    assertThrows(() => parseEndpoint(typed), UsageError, message);
  }
  assertThrows(() => parseEndpoint("", "TUN_ENDPOINT"), UsageError, "TUN_ENDPOINT");
});

Deno.test("parseEndpoint never repeats a password", () => {
  for (const typed of ["https://me:secret@h", "me:secret@h", "foo://me:secret@h"]) {
    const { message } = assertThrows(() => parseEndpoint(typed), UsageError);
    assertEquals(message.includes("secret"), false, message);
  }
});

Deno.test("isLoopback is true for this machine only", () => {
  const local = ["localhost", "127.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "a.localhost"];
  for (const host of local) assertEquals(parseEndpoint(`http://${host}:1`).isLoopback, true, host);
  const far = ["10.0.0.1", "127.0.0.1.example.com", "localhost.example.com", "[::2]", "0.0.0.0"];
  for (const host of far) assertEquals(parseEndpoint(`http://${host}:1`).isLoopback, false, host);
});

Deno.test("plaintextRefusal lets a token go in clear to loopback only", () => {
  const refused = (typed: string, allow = false): boolean =>
    plaintextRefusal(parseEndpoint(typed), allow) !== undefined;
  assertEquals(refused("http://tun.example.com"), true);
  assertEquals(refused("ws://10.0.0.1"), true);
  assertEquals(refused("tcp://tun.example.com"), true);
  assertEquals(refused("http://tun.example.com", true), false);
  assertEquals(refused("https://tun.example.com"), false);
  assertEquals(refused("tls://tun.example.com"), false);
  assertEquals(refused(DEFAULT_ENDPOINT), false);
  assertMatch(plaintextRefusal(parseEndpoint("http://h"), false)!, /--allow-plaintext/);
});

Deno.test("endpointIdentity is one for one listener, endpointLabel is for people", () => {
  const identity = (typed: string): string => endpointIdentity(parseEndpoint(typed));
  assertEquals(identity("wss://h"), identity("https://h/"));
  assertEquals(identity("h"), identity("https://h:443"));
  assertEquals(identity("ws://h"), "http://h:80/connect");
  assertEquals(identity("http://h") === identity("https://h"), false);
  assertEquals(endpointLabel(parseEndpoint("h")), "https://h");
  assertEquals(endpointLabel(parseEndpoint("https://h:8443/base")), "https://h:8443/base");
  assertEquals(endpointLabel(parseEndpoint("tcp://[::1]")), "tcp://[::1]");
});
