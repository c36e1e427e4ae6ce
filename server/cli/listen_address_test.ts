import { assertEquals, assertThrows } from "@std/assert";
import { listenAddressLabel } from "../listen_address.ts";
import { parseListenAddress } from "./listen_address.ts";
import { UsageError } from "./usage_error.ts";

const FALLBACK = { hostname: "127.0.0.1", port: 7001 };

Deno.test("parseListenAddress reads every form", () => {
  const cases: [string, string, number][] = [
    ["0.0.0.0:8080", "0.0.0.0", 8080],
    ["[::]:8080", "::", 8080],
    ["[::1]:0", "::1", 0],
    [":8080", "0.0.0.0", 8080],
    ["8080", "127.0.0.1", 8080],
    ["localhost:80", "localhost", 80],
  ];
  for (const [text, hostname, port] of cases) {
    const address = parseListenAddress(text, FALLBACK, "--http");
    assertEquals(address, { hostname, port }, text);
    const label = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
    assertEquals(listenAddressLabel(address), label);
  }
});

Deno.test("parseListenAddress says what was expected", () => {
  const form = "--http: expected host:port, [::]:port, :port or a port, got ";
  for (
    const text of [
      "localhost",
      "::",
      "::1:80",
      "a b:80",
      "http://x:80",
      "x:80/",
      "[x]:80",
      "",
      "300.1.1.1:80",
    ]
  ) {
    const error = assertThrows(() => parseListenAddress(text, FALLBACK, "--http"), UsageError);
    assertEquals(error.message, form + JSON.stringify(text));
  }
  for (const text of ["65536", ":99999", "0.0.0.0:70000"]) {
    const error = assertThrows(() => parseListenAddress(text, FALLBACK, "--http"), UsageError);
    assertEquals(error.message, `--http: expected a port from 0 to 65535, got "${text}"`);
  }
});
