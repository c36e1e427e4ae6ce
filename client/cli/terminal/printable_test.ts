import { assert, assertEquals } from "@std/assert";
import { cell, chunks, fit, printable, rightCell, textWidth } from "./printable.ts";

Deno.test("printable spells out whatever a terminal would obey", () => {
  const cases = [
    ["/plain?x=1#y", "/plain?x=1#y"],
    ["/日本/é/👍", "/日本/é/👍"],
    ["a\x1b[2Jb", "a\\x1b[2Jb"],
    ["\x1b]0;title\x07", "\\x1b]0;title\\x07"],
    ["a\r\nb\tc\0", "a\\x0d\\x0ab\\x09c\\x00"],
    ["\x7f\x9b31m", "\\x7f\\x9b31m"],
    ["\u202egnp.exe", "\\u{202e}gnp.exe"],
    ["a\u2028b\u200b\ufeff", "a\\u{2028}b\\u{200b}\\u{feff}"],
    ["\ud800", "\\u{d800}"],
    ["\u{e0041}", "\\u{e0041}"],
  ] as const;
  for (const [text, shown] of cases) assertEquals(printable(text), shown);
});

Deno.test("No character survives printable that moves the cursor", () => {
  for (let code = 0; code <= 0xffff; code++) {
    const shown = printable(String.fromCharCode(code));
    assert(!/\p{Cc}/u.test(shown), code.toString(16));
  }
});

Deno.test("textWidth counts columns, not characters", () => {
  const cases = [
    ["", 0],
    ["abc", 3],
    ["日本", 4],
    ["한글", 4],
    ["é", 1],
    ["e\u0301", 1],
    ["👍", 2],
    [
      "👩‍👩‍👧",
      2,
    ],
    ["ｆ", 2],
    ["❤️", 2],
    ["…", 1],
  ] as const;
  for (const [text, width] of cases) assertEquals(textWidth(text), width, text);
});

Deno.test("fit keeps both ends and never exceeds its width", () => {
  assertEquals(fit("/short", 10), "/short");
  assertEquals(fit("0123456789", 10), "0123456789");
  assertEquals(fit("0123456789abcdef", 10), "012345…def");
  assertEquals(fit("日本日本日本日本", 8), "日本…本");
  assertEquals(fit("abc", 1), "…");
  assertEquals(fit("abc", 0), "");
  for (
    const text of [
      "/a/very/long/path/to/somewhere",
      "日本語のパスはとても長いです",
      "👍".repeat(30),
    ]
  ) {
    for (let width = 0; width < 40; width++) assert(textWidth(fit(text, width)) <= width);
  }
});

Deno.test("fit cuts a text of a megabyte without walking through it", () => {
  const text = "/" + "é".repeat(1024 * 1024) + "/end";
  const fitted = fit(text, 40);
  assertEquals(textWidth(fitted), 40);
  assert(fitted.endsWith("/end"));
});

Deno.test("cell and rightCell fill exactly", () => {
  assertEquals(cell("ab", 4), "ab  ");
  assertEquals(rightCell("ab", 4), "  ab");
  assertEquals(cell("日本", 3), "日…");
  assertEquals(textWidth(cell("日本語", 5)), 5);
});

Deno.test("chunks lose nothing", () => {
  const url = "https://a-very-long-name.tunnels.example.com";
  const lines = chunks(url, 10);
  assertEquals(lines.join(""), url);
  for (const line of lines) assert(textWidth(line) <= 10);
  assertEquals(chunks("日本", 1), ["日", "本"]);
});
