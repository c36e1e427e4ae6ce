import { assertEquals, assertThrows } from "@std/assert";
import { encodeRequestHead, encodeResponseHead } from "./encode_head.ts";
import { HeaderBlock } from "./header_block.ts";
import { encodeLatin1, latin1 } from "./octets.ts";
import { RequestHeadParser } from "./request_head.ts";
import { ResponseHeadParser } from "./response_head.ts";

const encode = (text: string) => encodeLatin1(text.replaceAll("\n", "\r\n"));
const text = (bytes: Uint8Array) => latin1(bytes, 0, bytes.length).replaceAll("\r\n", "\n");

Deno.test("encodeRequestHead writes the head that RequestHeadParser has read", () => {
  const message = 'M-SEARCH /\\x?" HTTP/1.1\nhost: a\nX:  y \nX:z\n\n';
  const head = new RequestHeadParser().push(encode(message))!;
  const parts = { method: head.method, target: head.target, fields: head.headers };
  assertEquals(text(encodeRequestHead(parts)), message);
  const fields = head.headers.edit().set("Host", "b").append("Connection", "close");
  assertEquals(
    text(encodeRequestHead({ method: "GET", target: "/", fields })),
    "GET / HTTP/1.1\nHost: b\nX:  y \nX:z\nConnection: close\n\n",
  );
});

Deno.test("encodeResponseHead writes the head that ResponseHeadParser has read", () => {
  const message = "HTTP/1.1 299 \xe9  x\nX:  y \nX:z\n\n";
  const head = new ResponseHeadParser().push(encode(message))!;
  const parts = { status: head.status, reason: head.reason, fields: head.headers };
  assertEquals(text(encodeResponseHead(parts)), message);
  assertEquals(text(encodeResponseHead(parts, encode("body"))), `${message}body`);
});

Deno.test("encodeRequestHead and encodeResponseHead refuse what would break the first line", () => {
  const fields = HeaderBlock.empty;
  for (const method of ["", "G T", "GET\r\n", "\xe9"]) {
    assertThrows(() => encodeRequestHead({ method, target: "/", fields }), TypeError);
  }
  for (const target of ["", "/ HTTP/1.1\r\nX: y", "/a b", "/#"]) {
    assertThrows(() => encodeRequestHead({ method: "GET", target, fields }), TypeError);
  }
  for (const reason of ["a\r\nX: y", "\0"]) {
    assertThrows(() => encodeResponseHead({ status: 200, reason, fields }), TypeError);
  }
  for (const status of [99, 1000, 200.5, NaN]) {
    assertThrows(() => encodeResponseHead({ status, reason: "", fields }), TypeError);
  }
});
