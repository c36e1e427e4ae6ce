import { assertEquals, assertThrows } from "@std/assert";
import { parseEndpoint } from "../address/endpoint.ts";
import { ProxyError, proxyFor } from "./proxy.ts";

const far = parseEndpoint("https://tun.example.com");

Deno.test("proxyFor() takes the proxy of the endpoint's scheme, lower case first", () => {
  const env = { HTTPS_PROXY: "http://a:1", https_proxy: "b:2", HTTP_PROXY: "http://c" };
  assertEquals(proxyFor(far, env), { host: "b", port: 2 });
  assertEquals(proxyFor(parseEndpoint("http://tun.example.com"), env), { host: "c", port: 80 });
  assertEquals(proxyFor(parseEndpoint("tcp://tun.example.com"), { ALL_PROXY: "[::1]:8" }), {
    host: "::1",
    port: 8,
  });
  assertEquals(proxyFor(far, { HTTP_PROXY: "http://c" }), undefined);
});

Deno.test("proxyFor() never sends loopback through a proxy", () => {
  const env = { HTTP_PROXY: "http://a:1", HTTPS_PROXY: "http://a:1" };
  assertEquals(proxyFor(parseEndpoint("http://127.0.0.1:8080"), env), undefined);
  assertEquals(proxyFor(parseEndpoint("https://x.localhost"), env), undefined);
});

Deno.test("proxyFor() sends the credentials that the URL names", () => {
  const proxy = proxyFor(far, { HTTPS_PROXY: "http://me:p%40ss@a:1" });
  assertEquals(proxy?.credentials, { username: "me", password: "p@ss" });
});

for (
  const [list, direct] of [
    ["*", true],
    ["example.com", true],
    [".example.com", true],
    ["*.example.com", true],
    ["other.org, TUN.example.com", true],
    ["tun.example.com:443", true],
    ["tun.example.com:8443", false],
    ["ample.com", false],
    ["", false],
  ] as const
) {
  Deno.test(`proxyFor() reads NO_PROXY="${list}"`, () => {
    const proxy = proxyFor(far, { HTTPS_PROXY: "a:1", NO_PROXY: list });
    assertEquals(proxy === undefined, direct);
  });
}

Deno.test("proxyFor() takes address ranges in NO_PROXY", () => {
  const near = parseEndpoint("https://10.1.2.3");
  assertEquals(proxyFor(near, { HTTPS_PROXY: "a:1", NO_PROXY: "10.0.0.0/8" }), undefined);
  assertEquals(proxyFor(near, { HTTPS_PROXY: "a:1", NO_PROXY: "10.2.0.0/16" })?.port, 1);
  const six = parseEndpoint("https://[2001:db8::1]");
  assertEquals(proxyFor(six, { HTTPS_PROXY: "a:1", NO_PROXY: "[2001:db8::1]:443" }), undefined);
  assertEquals(proxyFor(six, { HTTPS_PROXY: "a:1", NO_PROXY: "2001:db8::/32" }), undefined);
});

Deno.test("proxyFor() refuses what it cannot speak to without showing it", () => {
  for (const proxy of ["socks5://me:secret@a:1", "http://me:secret%@a:1"]) {
    const error = assertThrows(() => proxyFor(far, { HTTPS_PROXY: proxy }), ProxyError);
    assertEquals(error.message.includes("secret"), false);
  }
});
