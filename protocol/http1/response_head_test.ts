import { assertEquals, assertThrows } from "@std/assert";
import { chunkings } from "../../tests/support/chunkings.ts";
import { encodeLatin1, latin1 } from "./octets.ts";
import { ResponseHead, ResponseHeadParser } from "./response_head.ts";
import { HttpViolation } from "./violation.ts";

const encode = (text: string) => encodeLatin1(text.replaceAll("\n", "\r\n"));
const read = (text: string) => new ResponseHeadParser().push(encode(text))!;
const refusal = (text: string) => assertThrows(() => read(text), HttpViolation).code;

Deno.test("ResponseHeadParser reads a head alike, however it is cut", () => {
  const message = encode("HTTP/1.1 299 Ganz \xe9gal  \nSet-Cookie: a\nset-cookie: b\n\n");
  for (const { name, pieces } of chunkings(message, { trailing: encode("body") })) {
    const parser = new ResponseHeadParser();
    const head = pieces.map((piece) => parser.push(piece)).at(-1)!;
    assertEquals([head.status, head.reason, head.minor], [299, "Ganz \xe9gal  ", 1], name);
    assertEquals(head.headers.getAll("set-cookie"), ["a", "b"]);
  }
});

Deno.test("ResponseHead.framing follows the method and the status", () => {
  const chunked = "Transfer-Encoding: chunked\n";
  const cases: readonly [status: string, fields: string, method: string, kind: string][] = [
    ["200 OK", "", "GET", "until_close"],
    ["200 OK", chunked, "GET", "chunked"],
    ["200 OK", "Content-Length: 5\n", "GET", "length"],
    ["200 OK", "Content-Length: 5\n", "HEAD", "none"],
    ["200 OK", chunked, "HEAD", "none"],
    ["200 OK", "", "HEAD", "none"],
    ["204 No Content", "", "GET", "none"],
    ["204 No Content", "Content-Length: 0\n", "GET", "none"],
    ["304 Not Modified", "Content-Length: 5\n", "GET", "none"],
    ["304 Not Modified", chunked, "GET", "none"],
    ["205 Reset Content", "Content-Length: 0\n", "GET", "length"],
    ["100 Continue", "", "GET", "none"],
    ["101 Switching Protocols", "Connection: upgrade\nUpgrade: x\n", "GET", "none"],
    ["404", "Content-Length: 0\n", "GET", "length"],
  ];
  for (const [status, fields, method, kind] of cases) {
    assertEquals(read(`HTTP/1.1 ${status}\n${fields}\n`).framing(method).kind, kind, status);
  }
});

Deno.test("ResponseHead.keepAlive follows version, Connection and framing", () => {
  const length = "Content-Length: 0\n";
  assertEquals(read(`HTTP/1.1 200 OK\n${length}\n`).keepAlive("GET"), true);
  assertEquals(read(`HTTP/1.1 200 OK\n\n`).keepAlive("GET"), false);
  assertEquals(read(`HTTP/1.1 200 OK\n\n`).keepAlive("HEAD"), true);
  assertEquals(read(`HTTP/1.1 200 OK\n${length}Connection: x, CLOSE\n\n`).keepAlive("GET"), false);
  assertEquals(read(`HTTP/1.0 200 OK\n${length}\n`).keepAlive("GET"), false);
  assertEquals(read(`HTTP/1.0 200 OK\n${length}Connection: keep-alive\n\n`).keepAlive("GET"), true);
});

Deno.test("ResponseHeadParser refuses responses that could be read in two ways", () => {
  const cases: readonly [code: string, text: string][] = [
    ["length_and_transfer_encoding", "200 OK\nContent-Length: 1\nTransfer-Encoding: chunked\n"],
    ["duplicate_content_length", "200 OK\nContent-Length: 1\nContent-Length: 1\n"],
    ["unknown_transfer_coding", "200 OK\nTransfer-Encoding: gzip, chunked\n"],
    ["body_not_allowed", "204 No Content\nContent-Length: 1\n"],
    ["body_not_allowed", "204 No Content\nTransfer-Encoding: chunked\n"],
    ["body_not_allowed", "103 Early Hints\nContent-Length: 0\n"],
    ["bad_connection", "100 Continue\nConnection: close\n"],
    ["bad_upgrade", "101 Switching Protocols\n"],
    ["bad_status_line", "099 x\n"],
    ["bad_status_line", "20 x\n"],
    ["bad_status_line", "2000 x\n"],
    ["bad_status_line", "200\tOK\n"],
    ["bad_status_line", "200 a\0b\n"],
    ["obs_fold", "200 OK\nX: y\n z\n"],
  ];
  for (const [code, text] of cases) assertEquals(refusal(`HTTP/1.1 ${text}\n`), code, text);
  assertEquals(refusal("HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n"), "bad_transfer_encoding");
  assertEquals(refusal("HTTP/2.0 200 OK\n\n"), "version_not_supported");
  assertEquals(refusal("\nHTTP/1.1 200 OK\n\n"), "bad_version");
});

Deno.test("ResponseHead.fromParts checks a head that came through the tunnel", () => {
  const parts = { status: 200, minor: 1, reason: "OK", headers: encode("X: y\n") };
  const head = ResponseHead.fromParts(parts);
  assertEquals([head.status, head.reason, head.headers.get("x")], [200, "OK", "y"]);
  assertEquals(latin1(head.headers.bytes, 0, head.headers.byteLength), "X: y\r\n");
  const bad = [
    { ...parts, reason: "OK\r\nX: y" },
    { ...parts, headers: encode("X: y\n\nHTTP/1.1 200 OK\n") },
    { ...parts, headers: encode("X: y") },
    { ...parts, headers: encode("\n") },
    { ...parts, status: 99 },
    { ...parts, status: 200.5 },
    { ...parts, headers: encode("Content-Length: 1\nTransfer-Encoding: chunked\n") },
  ];
  for (const wrong of bad) assertThrows(() => ResponseHead.fromParts(wrong), HttpViolation);
});
