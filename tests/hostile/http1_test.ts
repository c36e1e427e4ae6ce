import { assertEquals } from "@std/assert";
import {
  createBodyDecoder,
  HttpViolation,
  type RequestHead,
  RequestHeadParser,
} from "../../protocol/http1/mod.ts";
import { latin1, referee } from "../fuzz/http1_referee.ts";
import { chunkings } from "../support/chunkings.ts";
import { bytesOf, type HostileRequest, HTTP1_CORPUS } from "./http1_corpus.ts";

/** Reads one request, and gives its body or the violation. */
function read(pieces: readonly Uint8Array[]): string | [number, string] {
  const parser = new RequestHeadParser();
  let head: RequestHead | null = null;
  let decoder = createBodyDecoder({ kind: "none" });
  let body = "";
  try {
    for (const piece of pieces) {
      let at = 0;
      if (head === null) {
        head = parser.push(piece);
        if (head === null) continue;
        at = parser.consumed;
        decoder = createBodyDecoder(head.framing);
      }
      decoder.push(piece, at, (data) => body += latin1(data));
    }
  } catch (error) {
    if (error instanceof HttpViolation) return [error.status, error.code];
    throw error;
  }
  return head !== null && decoder.done ? body : "incomplete";
}

function expected(request: HostileRequest): string | [number, string] {
  return request.refused === null ? request.body ?? "" : [...request.refused];
}

for (const request of HTTP1_CORPUS) {
  const verb = request.refused === null ? "accepts" : `answers ${request.refused[0]} to`;
  Deno.test(`RequestHeadParser ${verb} ${request.name}, however it is cut`, () => {
    const bytes = bytesOf(request);
    const options = { everySplitUpTo: 400, random: 4 };
    for (const { name, pieces } of chunkings(bytes, options)) {
      assertEquals(read(pieces), expected(request), name);
    }
  });
}

Deno.test("llhttp accepts every request of the corpus that we accept", () => {
  for (const request of HTTP1_CORPUS) {
    if (request.refused !== null || request.text.startsWith("FOO")) continue;
    const seen = referee("request", bytesOf(request), false, false);
    assertEquals(seen.messages[0]?.body, request.body ?? "", request.name);
  }
});
