import { assertEquals } from "@std/assert";
import { forwardRequest, type ForwardRequestOptions, forwardResponse } from "./forwarded.ts";
import { HeaderBlock } from "./header_block.ts";
import { encodeLatin1, latin1 } from "./octets.ts";
import { RequestHeadParser } from "./request_head.ts";
import { ResponseHeadParser } from "./response_head.ts";
import { hasPassedVia } from "./via.ts";
import { resolveVisitor, Visitor } from "./visitor.ts";

const encode = (text: string) => encodeLatin1(text.replaceAll("\n", "\r\n"));
const text = (bytes: Uint8Array) => latin1(bytes, 0, bytes.length).replaceAll("\r\n", "\n");

const OPTIONS: ForwardRequestOptions = { peer: "192.0.2.7", scheme: "https", trusted: false };
const ADDED =
  "X-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: https\nX-Forwarded-Host: a\nVia: 1.1 tun\n";

function forwarded(fields: string, options: Partial<ForwardRequestOptions> = {}): string {
  const head = new RequestHeadParser().push(encode(`GET / HTTP/1.1\nHost: a\n${fields}\n`))!;
  return text(forwardRequest(head, { ...OPTIONS, ...options }).toBytes());
}

Deno.test("forwardRequest takes out what was about the connection, and nothing else", () => {
  const fields = "Connection: close, X-Hop, TE\nX-hop: 1\nKeep-Alive: 5\nAccept: */*\n" +
    "Proxy-Connection: close\nTransfer-Encoding: chunked\nTE: gzip, trailers\ncookie: x\n" +
    "HTTP2-Settings: AAA\nTrailer: X-T\nExpect: 100-continue\n";
  assertEquals(
    forwarded(fields),
    `Host: a\nAccept: */*\nTE: trailers\ncookie: x\nTrailer: X-T\nExpect: 100-continue\n${ADDED}`,
  );
});

Deno.test("forwardRequest passes on every upgrade but those to HTTP/2", () => {
  const upgrade = (protocols: string) =>
    forwarded(`Connection: Upgrade\nUPGRADE: ${protocols}\n`)
      .replace("Host: a\n", "").replace(ADDED, "");
  assertEquals(upgrade("WebSocket"), "UPGRADE: WebSocket\n");
  assertEquals(upgrade("h2c"), "");
  assertEquals(upgrade("h2c, websocket"), "Upgrade: websocket\n");
  assertEquals(forwarded("Upgrade: websocket\n"), `Host: a\n${ADDED}`);
});

Deno.test("forwardRequest believes nobody it does not trust", () => {
  const lies = "X-Forwarded-For: 6.6.6.6\nX_Forwarded_For: 6.6.6.6\nX-Real-IP: 6.6.6.6\n" +
    "Forwarded: for=6.6.6.6\nX-Forwarded-Proto: http\nX-Forwarded-Host: b\nX-Forwarded-Port: 1\n";
  assertEquals(forwarded(lies), `Host: a\n${ADDED}`);
});

Deno.test("forwardRequest adds to what a trusted proxy says", () => {
  const said = "x-forwarded-for: 6.6.6.6\nX-Forwarded-Proto: http\nForwarded: for=6.6.6.6\n";
  assertEquals(
    forwarded(said, { trusted: true, via: null, peer: "2001:db8::1" }),
    "Host: a\nX-Forwarded-For: 6.6.6.6, 2001:db8::1\nX-Forwarded-Proto: http\n" +
      'Forwarded: for=6.6.6.6, for="[2001:db8::1]";proto=https\nX-Forwarded-Host: a\n',
  );
});

Deno.test("forwardRequest gives an HTTP/1.0 request the host that is in its target", () => {
  const message = encode("GET http://A:81/ HTTP/1.0\n\n");
  const head = new RequestHeadParser().push(message)!;
  assertEquals(
    text(forwardRequest(head, OPTIONS).toBytes()),
    "X-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: https\nHost: a:81\nVia: 1.0 tun\n",
  );
});

Deno.test("forwardResponse takes out what was about the connection, and nothing else", () => {
  const forward = (message: string) =>
    text(forwardResponse(new ResponseHeadParser().push(encode(message))!).toBytes());
  const fields = "Connection: keep-alive, X-Hop\nKeep-Alive: 5\nX-Hop: 1\nset-cookie: a\n" +
    "Set-Cookie: b\nTransfer-Encoding: chunked\nUpgrade: h2c\n";
  assertEquals(forward(`HTTP/1.1 200 OK\n${fields}\n`), "set-cookie: a\nSet-Cookie: b\n");
  const upgrade = "Connection: Upgrade\nUpgrade: websocket\n";
  assertEquals(forward(`HTTP/1.1 101 Switching\n${upgrade}\n`), "Upgrade: websocket\n");
  assertEquals(forward(`HTTP/1.1 426 Upgrade Required\n${upgrade}\n`), "Upgrade: websocket\n");
});

Deno.test("hasPassedVia finds our own name, whoever stands around it", () => {
  const via = (...values: string[]) =>
    hasPassedVia(HeaderBlock.of(...values.map((value) => ["Via", value] as const)));
  assertEquals(via("1.1 tun"), true);
  assertEquals(via("1.0 fred", "1.1 p (Apache, x),HTTP/1.1  TUN (y)"), true);
  assertEquals(via("1.1 tunnel", "1.1 a.tun", "tun"), false);
  assertEquals(via(), false);
});

Deno.test("resolveVisitor walks back over trusted proxies only", () => {
  const trusted = (ip: string) => ip.startsWith("10.") || ip === "::1";
  const visitor = (peer: string, ...fields: (readonly [string, string])[]) =>
    resolveVisitor(HeaderBlock.of(...fields), { ip: peer, scheme: "http" }, trusted);
  const chain = ["X-Forwarded-For", "6.6.6.6, 192.0.2.7, 10.0.0.2"] as const;
  assertEquals(visitor("192.0.2.9", chain), new Visitor("192.0.2.9", "http"));
  assertEquals(visitor("10.0.0.1", chain).ip, "192.0.2.7");
  assertEquals(visitor("::1", chain, ["x-forwarded-for", "10.0.0.3"]).ip, "192.0.2.7");
  assertEquals(visitor("10.0.0.1", ["X-Forwarded-For", "10.0.0.9"]).ip, "10.0.0.9");
  assertEquals(visitor("10.0.0.1", ["X-Forwarded-For", "192.0.2.7, unknown"]).ip, "10.0.0.1");
  assertEquals(visitor("10.0.0.1", ["X-Forwarded-For", "[2001:DB8::1]:80"]).ip, "2001:db8::1");
  assertEquals(visitor("10.0.0.1", ["X-Forwarded-For", "192.0.2.7:80"]).ip, "192.0.2.7");
  assertEquals(visitor("10.0.0.1", ["X-Forwarded-Proto", "http, HTTPS"]).scheme, "https");
  assertEquals(visitor("10.0.0.1", ["X-Forwarded-Proto", "gopher"]).scheme, "http");
  assertEquals(visitor("10.0.0.1", ["X-Forwarded-Host", "B:1"]).host?.host, "b");
  assertEquals(visitor("10.0.0.1", ["X-Forwarded-Host", "b/c"]).host, null);
});
