import { assertEquals } from "@std/assert";
import { childFlags, formatTraceparent, isSampled, parseTraceparent } from "./trace_context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

Deno.test("parseTraceparent() reads version 00", () => {
  const context = parseTraceparent(`00-${TRACE}-${SPAN}-01`);
  assertEquals(context, { traceId: TRACE, spanId: SPAN, flags: 1 });
  assertEquals(isSampled(context!), true);
  assertEquals(isSampled(parseTraceparent(`00-${TRACE}-${SPAN}-fe`)!), false);
});

Deno.test("parseTraceparent() takes of a later version what all versions share", () => {
  for (const rest of ["", "-", "-00", "-what-the-future-holds"]) {
    const context = parseTraceparent(`cc-${TRACE}-${SPAN}-03${rest}`);
    assertEquals(context, { traceId: TRACE, spanId: SPAN, flags: 3 }, rest);
  }
});

for (
  const [name, value] of Object.entries({
    "nothing": "",
    "the version that never will be": `ff-${TRACE}-${SPAN}-01`,
    "more than version 00 has": `00-${TRACE}-${SPAN}-01-`,
    "a later version with more and no dash": `cc-${TRACE}-${SPAN}-01x`,
    "a trace id in upper case": `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    "a span id in upper case": `00-${TRACE}-${SPAN.toUpperCase()}-01`,
    "flags in upper case": `00-${TRACE}-${SPAN}-0A`,
    "a version in upper case": `AA-${TRACE}-${SPAN}-01`,
    "a trace id of zeros": `00-${"0".repeat(32)}-${SPAN}-01`,
    "a span id of zeros": `00-${TRACE}-${"0".repeat(16)}-01`,
    "a trace id too short": `00-${TRACE.slice(1)}-${SPAN}-01`,
    "a trace id too long": `00-0${TRACE}-${SPAN}-01`,
    "no flags": `00-${TRACE}-${SPAN}`,
    "one digit of flags": `00-${TRACE}-${SPAN}-1`,
    "what is no hexadecimal digit": `00-${TRACE.replace("0", "g")}-${SPAN}-01`,
    "blanks around": ` 00-${TRACE}-${SPAN}-01 `,
    "two in one": `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`,
    "a line behind": `00-${TRACE}-${SPAN}-01\n`,
    "other characters that look alike": `00‐${TRACE}‐${SPAN}‐01`,
    "a version 7 of a kilobyte": `07-${TRACE}-${SPAN}-01-${"x".repeat(1024)}`,
  })
) {
  Deno.test(`parseTraceparent() does not take ${name}`, () => {
    assertEquals(parseTraceparent(value), undefined);
  });
}

Deno.test("formatTraceparent() writes version 00 and the flags it knows", () => {
  const value = formatTraceparent({ traceId: TRACE, spanId: SPAN, flags: 0xff });
  assertEquals(value, `00-${TRACE}-${SPAN}-03`);
  assertEquals(parseTraceparent(value), { traceId: TRACE, spanId: SPAN, flags: 3 });
});

Deno.test("childFlags() keeps that an id is random, and nothing else of the parent's", () => {
  const parent = { traceId: TRACE, spanId: SPAN, flags: 0xff };
  assertEquals([childFlags(true, parent), childFlags(false, parent)], [3, 2]);
  assertEquals([childFlags(true, undefined), childFlags(false, undefined)], [1, 0]);
});
