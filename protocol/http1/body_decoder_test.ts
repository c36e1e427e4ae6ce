import { assertEquals, assertThrows } from "@std/assert";
import { chunkings } from "../../tests/support/chunkings.ts";
import { createBodyDecoder } from "./body_decoder.ts";
import { encodeChunk, encodeChunkHeader, encodeLastChunk, frameChunk } from "./encode_chunk.ts";
import type { Framing } from "./framing.ts";
import { HeaderBlock } from "./header_block.ts";
import { DEFAULT_HTTP_LIMITS } from "./limits.ts";
import { encodeLatin1, latin1 } from "./octets.ts";
import { HttpViolation } from "./violation.ts";

const encode = (text: string) => encodeLatin1(text.replaceAll("\n", "\r\n"));
const text = (bytes: Uint8Array) => latin1(bytes, 0, bytes.length);

/** Feeds pieces; gives the body and the bytes behind it. */
function decode(framing: Framing, pieces: readonly Uint8Array[], limits = DEFAULT_HTTP_LIMITS) {
  const decoder = createBodyDecoder(framing, limits);
  let body = "";
  let rest = "";
  for (const piece of pieces) {
    const at = decoder.push(piece, 0, (data) => {
      assertEquals(data.buffer, piece.buffer, "a view, not a copy");
      assertEquals(data.length > 0, true);
      body += text(data);
    });
    rest += text(piece.subarray(at));
    if (!decoder.done) assertEquals(at, piece.length);
  }
  return { decoder, body, rest };
}

function refusal(message: string, limits = DEFAULT_HTTP_LIMITS): string {
  return assertThrows(() => decode({ kind: "chunked" }, [encode(message)], limits), HttpViolation)
    .code;
}

Deno.test("createBodyDecoder reads a body of known length and stops behind it", () => {
  for (const { name, pieces } of chunkings(encode("hello"), { trailing: encode("GET") })) {
    const { decoder, body, rest } = decode({ kind: "length", length: 5 }, pieces);
    assertEquals([body, decoder.done], ["hello", true], name);
    assertEquals(rest, pieces.length === 1 && pieces[0]!.length > 5 ? "GET" : "");
  }
  assertEquals(createBodyDecoder({ kind: "length", length: 0 }).done, true);
  assertEquals(createBodyDecoder({ kind: "none" }).done, true);
  const early = decode({ kind: "length", length: 5 }, [encode("hell")]).decoder;
  assertEquals(assertThrows(() => early.end(), HttpViolation).code, "early_end");
});

Deno.test("createBodyDecoder reads a body that ends with the connection", () => {
  const { decoder, body } = decode({ kind: "until_close" }, [encode("a"), encode("b")]);
  assertEquals([body, decoder.done], ["ab", false]);
  decoder.end();
  assertEquals(decoder.done, true);
});

Deno.test("ChunkedDecoder reads chunks, extensions and trailers alike, however they are cut", () => {
  const message = encode('5;a;b=c\nhello\n00A;d="\\";\\\\"\n\n worlds!\n0;e\nX-T: 1\nx-t:2\n\n');
  for (const { name, pieces } of chunkings(message, { trailing: encode("GET") })) {
    const { decoder, body, rest } = decode({ kind: "chunked" }, pieces);
    assertEquals([body, decoder.done], ["hello\r\n worlds!", true], name);
    assertEquals(decoder.trailers?.getAll("X-T"), ["1", "2"]);
    assertEquals(rest, pieces.length === 1 && pieces[0]!.length > message.length ? "GET" : "");
  }
});

Deno.test("ChunkedDecoder has no trailers where there are none", () => {
  for (const { name, pieces } of chunkings(encode("1\nx\n0\n\n"))) {
    const { decoder, body } = decode({ kind: "chunked" }, pieces);
    assertEquals([body, decoder.done, decoder.trailers], ["x", true, null], name);
  }
});

Deno.test("ChunkedDecoder refuses a body that ends anywhere but at its end", () => {
  const message = encode("1;a=b\nx\n0\nX: y\n\n");
  for (let length = 0; length < message.length; length++) {
    const { decoder } = decode({ kind: "chunked" }, [message.subarray(0, length)]);
    assertEquals(assertThrows(() => decoder.end(), HttpViolation).code, "early_end");
  }
  decode({ kind: "chunked" }, [message]).decoder.end();
});

Deno.test("ChunkedDecoder takes sizes, extensions and trailers up to each limit", () => {
  const limits = { ...DEFAULT_HTTP_LIMITS, chunkExtensions: 6, trailers: 10, fieldLines: 2 };
  // The CR that ends an extension counts as well.
  assertEquals(decode({ kind: "chunked" }, [encode("1;ab\nx\n0;ab\n\n")], limits).body, "x");
  assertEquals(refusal("1;ab\nx\n0;abc\n\n", limits), "chunk_extensions_too_large");
  decode({ kind: "chunked" }, [encode("0\nX:yyyy\n\n")], limits);
  assertEquals(refusal("0\nX:yyyyy\n\n", limits), "trailers_too_large");
  assertEquals(refusal("0\nX:yyyyyyyyyyyyyyyyyy", limits), "trailers_too_large");
  assertEquals(refusal("0\n:\n\n", limits), "bad_field_name");
  decode({ kind: "chunked" }, [encode("1fffffffffffff\nx")]);
  assertEquals(refusal("20000000000000\nx"), "bad_chunk_size");
  decode({ kind: "chunked" }, [encode("0000000000000001\nx")]);
  assertEquals(refusal("00000000000000001\nx"), "bad_chunk_size");
});

Deno.test("encodeChunk and encodeLastChunk write what ChunkedDecoder reads", () => {
  const trailers = HeaderBlock.of(["X-T", "1"]);
  const data = encode("x".repeat(0x1ab));
  const wire = [encodeChunk(data), encodeChunkHeader(data.length), data, encode("\n")];
  assertEquals(text(wire[1]!), "1ab\r\n");
  const whole = decode({ kind: "chunked" }, [...wire, encodeLastChunk(trailers)]);
  assertEquals(whole.body, "x".repeat(2 * 0x1ab));
  assertEquals(whole.decoder.trailers?.get("x-t"), "1");
  assertEquals(text(encodeLastChunk(null)), "0\r\n\r\n");
  assertThrows(() => encodeChunk(new Uint8Array(0)), RangeError);
  assertThrows(() => encodeChunkHeader(0), RangeError);
});

Deno.test("frameChunk makes a chunk around data that stays where it is", () => {
  for (const size of [1, 15, 16, 255, 4096, 65536]) {
    const buffer = new Uint8Array(10 + size + 2).fill(0x78);
    const chunk = frameChunk(buffer, 10, 10 + size);
    assertEquals(chunk.buffer, buffer.buffer);
    assertEquals(text(chunk), `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`);
  }
});
