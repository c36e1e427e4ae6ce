import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { chunkings } from "../../tests/support/chunkings.ts";
import { encodeLatin1, latin1 } from "./octets.ts";
import { RequestHead, RequestHeadParser } from "./request_head.ts";
import { HttpViolation } from "./violation.ts";

const encode = (text: string) => encodeLatin1(text.replaceAll("\n", "\r\n"));
const text = (bytes: Uint8Array) => latin1(bytes, 0, bytes.length);

const EXAMPLE = encode(
  "POST /a//b/../%2f?x=1&x=2 HTTP/1.1\nHost: App.Example:8080\ncookie: a\nCookie:  b \t\n" +
    "X-Empty:\nConnection: Keep-Alive, X-Hop\nExpect: 100-Continue\nTE: gzip;q=1, Trailers\n" +
    "Content-Length: 12\n\n",
);

Deno.test("RequestHeadParser reads a head alike, however it is cut, and leaves what follows", () => {
  const parser = new RequestHeadParser();
  for (const { name, pieces } of chunkings(EXAMPLE, { trailing: encode("hello") })) {
    assertEquals(parser.idle, true, name);
    let head: RequestHead | null = null;
    for (const piece of pieces) {
      assertStrictEquals(head, null, name);
      head = parser.push(piece);
    }
    const last = pieces.at(-1)!;
    assertEquals(
      text(last.subarray(parser.consumed)),
      pieces.length === 1 && last.length > EXAMPLE.length ? "hello" : "",
    );
    // What was pushed may be reused.
    for (const piece of pieces) piece.fill(0);
    assertEquals(head?.method, "POST");
    assertEquals(head?.target, "/a//b/../%2f?x=1&x=2");
    assertEquals(head?.authority, { host: "app.example", port: 8080, kind: "name" });
    assertEquals(head?.framing, { kind: "length", length: 12 });
    assertEquals(head?.keepAlive, true);
    assertEquals(head?.connectionNames, true);
    assertEquals(head?.expectContinue, true);
    assertEquals(head?.acceptsTrailers, true);
    assertEquals(text(head!.headers.bytes), text(EXAMPLE.subarray(36, EXAMPLE.length - 2)));
    assertEquals(head?.headers.getAll("COOKIE"), ["a", "b"]);
  }
});

Deno.test("RequestHeadParser reads pipelined heads one after the other", () => {
  const parser = new RequestHeadParser();
  let rest: Uint8Array = encode("GET /1 HTTP/1.1\nHost: a\n\nGET /2 HTTP/1.0\n\nGET /3 HT");
  const targets: (string | undefined)[] = [];
  while (rest.length > 0) {
    targets.push(parser.push(rest)?.target);
    rest = rest.subarray(parser.consumed);
  }
  assertEquals(targets, ["/1", "/2", undefined]);
  assertEquals(parser.idle, false);
  assertEquals(parser.push(encode("TP/1.1\nHost: a\n\n"))?.target, "/3");
});

Deno.test("RequestHeadParser takes heads up to each limit and refuses the next byte", () => {
  const limits = { startLine: 30, head: 100, fieldLines: 3, trailers: 10, chunkExtensions: 10 };
  const read = (message: string) => new RequestHeadParser(limits).push(encode(message))?.target;
  const refusal = (message: string) => {
    const error = assertThrows(() => read(message), HttpViolation);
    return [error.code, error.status];
  };
  assertEquals(read(`GET /${"a".repeat(16)} HTTP/1.1\nHost: a\n\n`), `/${"a".repeat(16)}`);
  assertEquals(refusal(`GET /${"a".repeat(17)} HTTP/1.1\nHost: a\n\n`), ["target_too_long", 414]);
  assertEquals(read(`GET / HTTP/1.1\nHost: a\nX: y\nX: y\n\n`), "/");
  assertEquals(refusal(`GET / HTTP/1.1\nHost: a\nX: y\nX: y\nX: y\n\n`), ["too_many_fields", 431]);
  const fits = `GET / HTTP/1.1\nHost: a\nX: ${"y".repeat(68)}\n\n`;
  assertEquals(encode(fits).length, 100);
  assertEquals(read(fits), "/");
  assertEquals(refusal(fits.replace("y", "yy")), ["head_too_large", 431]);
});

Deno.test("RequestHead.wantsUpgrade needs both Connection and Upgrade", () => {
  const upgrade = (fields: string) => {
    const head = new RequestHeadParser().push(encode(`GET / HTTP/1.1\nHost: a\n${fields}\n`))!;
    return [head.wantsUpgrade, head.upgradeProtocols];
  };
  assertEquals(upgrade("Connection: keep-alive, Upgrade\nUpgrade: WebSocket, x/1\n"), [
    true,
    ["websocket", "x/1"],
  ]);
  assertEquals(upgrade("Upgrade: websocket\n"), [false, []]);
  assertEquals(upgrade("Connection: upgrade\n"), [false, []]);
  assertEquals(upgrade("Connection: upgrade\nUpgrade:\n"), [false, []]);
});

Deno.test("RequestHead.fromParts checks a head that came through the tunnel", () => {
  const parts = {
    method: "POST",
    target: encode("/a?b"),
    minor: 1,
    headers: encode("Host: a\nUpgrade: websocket\n"),
  };
  const head = RequestHead.fromParts(parts);
  assertEquals([head.method, head.target, head.wantsUpgrade], ["POST", "/a?b", true]);
  assertEquals(text(head.headers.bytes), "Host: a\r\nUpgrade: websocket\r\n");
  const bad = [
    { ...parts, target: encode("/ HTTP/1.1\nX: y") },
    { ...parts, method: "GET /x HTTP/1.1\r\nX: y\r\nY:" },
    { ...parts, method: "\r\nPOST" },
    { ...parts, headers: encode("Host: a\n\nGET / HTTP/1.1\n") },
    { ...parts, headers: encode("Host: a\nX: y") },
    { ...parts, headers: encode("Host: a\nHost: b\n") },
    { ...parts, headers: encode("X: y\n") },
    { ...parts, minor: 2 },
  ];
  const most = { ...parts, headers: encode(`Host: a\n${"X: y\n".repeat(255)}`) };
  const added = { ...most, headers: encode(`${text(most.headers).replaceAll("\r", "")}Via: x\n`) };
  assertEquals(RequestHead.fromParts(added).headers.lineCount, 257);
  for (const wrong of bad) assertThrows(() => RequestHead.fromParts(wrong), HttpViolation);
});
