import { assertEquals, assertStringIncludes } from "@std/assert";
import { answerFor } from "./answer.ts";

const text = new TextDecoder();

Deno.test("answerFor() speaks the visitor's language", () => {
  const rows: [accept: string | null, type: string][] = [
    [null, "text/plain; charset=utf-8"],
    ["*/*", "text/plain; charset=utf-8"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"],
    ["application/json", "application/json"],
    ["application/problem+json", "application/json"],
  ];
  for (const [accept, type] of rows) {
    const { fields, body } = answerFor("app_unreachable", accept, "id-1");
    assertEquals(fields.get("content-type"), type);
    assertEquals(fields.get("content-length"), String(body.length));
    assertEquals(fields.get("tun-error"), "app_unreachable");
    assertEquals(fields.get("x-request-id"), "id-1");
    assertStringIncludes(text.decode(body), "id-1");
  }
});

Deno.test("answerFor() says what happened and what to do", () => {
  const { status, body } = answerFor("app_unreachable", "text/html", "id-1");
  assertEquals(status, 502);
  assertStringIncludes(text.decode(body), "Is the local app running?");
});

Deno.test("answerFor() says when to try again, if that makes sense", () => {
  assertEquals(answerFor("tunnel_offline", null, "id-1").fields.get("retry-after"), "5");
  assertEquals(answerFor("unknown_tunnel", null, "id-1").fields.get("retry-after"), null);
});
