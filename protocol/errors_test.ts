import { assert, assertEquals } from "@std/assert";
import {
  CLOSE_CODES,
  closeCodeOf,
  HandshakeRefused,
  isFinalRefusal,
  isRefusalCode,
  RESET_CODES,
  resetCodeOf,
  SessionClosed,
} from "./errors.ts";

Deno.test("Every close and reset code has one number, and is found by it", () => {
  for (const [table, find] of [[CLOSE_CODES, closeCodeOf], [RESET_CODES, resetCodeOf]] as const) {
    const numbers = Object.values(table);
    assertEquals(new Set(numbers).size, numbers.length);
    for (const [code, number] of Object.entries(table)) assertEquals(find(number), code);
  }
});

Deno.test("A number from the future reads as internal", () => {
  for (const number of [14, 255, 65_535]) assertEquals(closeCodeOf(number), "internal");
  for (const number of [11, 255, 65_535]) assertEquals(resetCodeOf(number), "internal");
});

Deno.test("What an object inherits is no refusal code", () => {
  for (const name of ["toString", "__proto__", "constructor", ""]) assert(!isRefusalCode(name));
  assert(isRefusalCode("draining"));
});

Deno.test("A refusal is final by its code, unless it says otherwise, or its code is unknown", () => {
  assertEquals(isFinalRefusal("draining"), false);
  assertEquals(new HandshakeRefused("draining", "").final, false);
  assertEquals(new HandshakeRefused("token_refused", "").final, true);
  assertEquals(new HandshakeRefused("token_refused", "", { final: false }).final, false);
  assertEquals(new HandshakeRefused("from_the_future", "").final, true);
  assertEquals(new HandshakeRefused("from_the_future", "").retryAfterMs, 0);
});

Deno.test("SessionClosed says who ended it, unless it was given words", () => {
  assertEquals(
    new SessionClosed("excess", "remote").message,
    "Session was closed by the peer: excess",
  );
  assertEquals(new SessionClosed("excess", "local", "too much").message, "too much");
});
