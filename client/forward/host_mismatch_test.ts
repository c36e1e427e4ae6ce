import { assert, assertEquals } from "@std/assert";
import { hostMismatch } from "./host_mismatch.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

for (
  const [server, status, path, body, flag] of [
    [
      "Vite",
      403,
      "/",
      'Blocked request. This host ("shop.example.com") is not allowed.\n' +
      'To allow this host, add "shop.example.com" to `server.allowedHosts` in vite.config.js.',
      true,
    ],
    ["webpack-dev-server", 200, "/", "Invalid Host header", true],
    ["webpack-dev-server", 403, "/", "Invalid Host header", true],
    [
      "Rails",
      403,
      "/",
      "<h1>Blocked hosts: shop.example.com</h1><p>To allow requests to these hosts, make sure " +
      'they are valid hostnames, then add: config.hosts << "shop.example.com"',
      false,
    ],
    [
      "Rails",
      403,
      "/",
      "Requests to shop.example.com are not allowed! To allow them:\n\n  " +
      'Rails.application.config.hosts << "shop.example.com"',
      false,
    ],
    [
      "Django",
      400,
      "/",
      "<title>DisallowedHost at /</title> Invalid HTTP_HOST header: &#x27;shop.example.com&#x27;. " +
      "You may need to add &#x27;shop.example.com&#x27; to ALLOWED_HOSTS.",
      true,
    ],
    ["Next.js", 403, "/_next/webpack-hmr", "Unauthorized", false],
  ] as const
) {
  Deno.test(`hostMismatch() recognises ${server} (${status}: ${body.slice(0, 20)})`, () => {
    const advice = hostMismatch(path, status, bytes(body));
    assert(advice !== undefined && advice.startsWith(server), advice);
    assertEquals(advice.includes("--host-header rewrite"), flag);
  });
}

Deno.test("hostMismatch() leaves other answers alone", () => {
  assertEquals(
    hostMismatch("/", 200, bytes("How to fix: Invalid Host header ".repeat(3))),
    undefined,
  );
  assertEquals(hostMismatch("/", 404, bytes("Invalid Host header")), undefined);
  assertEquals(hostMismatch("/api", 403, bytes("Unauthorized")), undefined);
  assertEquals(hostMismatch("/", 403, bytes("Forbidden")), undefined);
  assertEquals(hostMismatch("/", 403, undefined), undefined);
});
