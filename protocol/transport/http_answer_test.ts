import { assertEquals, assertThrows } from "@std/assert";
import { chunkings } from "../../tests/support/chunkings.ts";
import { parseAnswerHead } from "./http_answer.ts";
import { TransportError } from "./transport.ts";

const utf8 = new TextEncoder();

Deno.test("parseAnswerHead finds a head as soon as it is whole, and where it ends", () => {
  const text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: tun\r\nX-Empty:\r\nA:  b c \t\r\n\r\n";
  const bytes = utf8.encode(text);
  const trailing = utf8.encode("\r\n\r\nmore");
  for (const { name, pieces } of chunkings(bytes, { trailing })) {
    let here = new Uint8Array(0);
    let head = null;
    for (const piece of pieces) {
      assertEquals(head, null, name);
      here = Uint8Array.of(...here, ...piece);
      head = parseAnswerHead(here);
    }
    assertEquals(head, {
      status: 101,
      fields: [["upgrade", "tun"], ["x-empty", ""], ["a", "b c"]],
      end: bytes.length,
    }, name);
  }
});

Deno.test("parseAnswerHead takes a head without fields or reason, behind another one", () => {
  const first = "HTTP/1.1 103 \r\n\r\n";
  const bytes = utf8.encode(`${first}HTTP/1.1 200 \r\n\r\n`);
  assertEquals(parseAnswerHead(bytes, first.length), {
    status: 200,
    fields: [],
    end: bytes.length,
  });
});

Deno.test("parseAnswerHead refuses whatever is not strictly HTTP/1.1", () => {
  const bad = [
    "",
    "HTTP/1.0 200 OK",
    "HTTP/2 200",
    "HTTP/1.1 200",
    "HTTP/1.1 20 OK",
    "HTTP/1.1 099 OK",
    "HTTP/1.1  200 OK",
    "http/1.1 200 OK",
    "SSH-2.0-OpenSSH",
    "HTTP/1.1 200 OK\nA: b",
    "HTTP/1.1 200 OK\r\nA : b",
    "HTTP/1.1 200 OK\r\n: b",
    "HTTP/1.1 200 OK\r\nnothing",
    "HTTP/1.1 200 OK\r\nA: b\r\n folded",
    "HTTP/1.1 200 OK\r\nA: b\rc",
    "HTTP/1.1 200 OK\r\nA: b\nc",
    "HTTP/1.1 200 OK\r\nA: b\0",
  ];
  for (const text of bad) {
    const bytes = utf8.encode(text + "\r\n\r\n");
    const error = assertThrows(() => parseAnswerHead(bytes), TransportError, undefined, text);
    assertEquals(error.code, "carrier_violation");
  }
});
