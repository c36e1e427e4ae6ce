import { assertEquals } from "@std/assert";
import { encodeLatin1, latin1 } from "./octets.ts";
import { type Origin, OriginLines } from "./origin_lines.ts";
import { RequestHeadParser } from "./request_head.ts";

const ORIGIN: Origin = { peer: "192.0.2.7", scheme: "http", via: "tun-app" };

Deno.test("OriginLines.of() follows every change from one request to the next", () => {
  const lines = new OriginLines();
  const parser = new RequestHeadParser();
  const of = (request: string, origin: Partial<Origin> = {}) => {
    const head = parser.push(encodeLatin1(`${request}\r\n\r\n`))!;
    const bytes = lines.of(head, { ...ORIGIN, ...origin });
    return latin1(bytes, 0, bytes.length).trimEnd().split("\r\n").map((line) =>
      line.split(": ")[1]
    );
  };
  const get = "GET / HTTP/1.1\r\nHost: a";
  assertEquals(of(get), ["192.0.2.7", "http", "a", "1.1 tun-app"]);
  assertEquals(of(get), ["192.0.2.7", "http", "a", "1.1 tun-app"]);
  assertEquals(of("GET / HTTP/1.1\r\nHost: b"), ["192.0.2.7", "http", "b", "1.1 tun-app"]);
  assertEquals(of("GET / HTTP/1.0\r\nHost: b"), ["192.0.2.7", "http", "b", "1.0 tun-app"]);
  assertEquals(of("GET / HTTP/1.0"), ["192.0.2.7", "http", "1.0 tun-app"]);
  assertEquals(of("GET http://c:8/ HTTP/1.0"), ["192.0.2.7", "http", "c:8", "1.0 tun-app"]);
  assertEquals(of(get, { scheme: "https" }), ["192.0.2.7", "https", "a", "1.1 tun-app"]);
  assertEquals(of(get, { peer: "192.0.2.8" }), ["192.0.2.8", "http", "a", "1.1 tun-app"]);
  assertEquals(of(get, { via: "tun-b" }), ["192.0.2.7", "http", "a", "1.1 tun-b"]);
  assertEquals(of(get, { via: null }), ["192.0.2.7", "http", "a"]);
});
