import { assertEquals } from "@std/assert";
import type { TunEvent } from "../../events.ts";
import { plainLine, PlainLines } from "./plain_lines.ts";
import { ansiPaint } from "./style.ts";

const READY = {
  event: "ready",
  kind: "http",
  url: "https://shop.example.com",
  name: "shop",
  session: "s1",
  target: "127.0.0.1:3000",
} as const;

const CASES: [TunEvent, string][] = [
  [READY, "https://shop.example.com -> 127.0.0.1:3000"],
  [
    { ...READY, tunnel: "web", reconnected: true },
    "[web] https://shop.example.com -> 127.0.0.1:3000 (reconnected)",
  ],
  [
    { event: "request", method: "GET", path: "/a\x1b[2J", status: 200, ms: 12, bytes: 1200 },
    "GET /a\\x1b[2J 200 12 ms 1.2 kB",
  ],
  [{ event: "paused" }, "connection lost, requests wait for it"],
  [{ event: "resumed" }, "connection resumed, nothing was lost"],
  [{ event: "reconnecting", inSeconds: 0 }, "reconnecting now"],
  [
    { event: "reconnecting", inSeconds: 4, reason: "no\nroute" },
    "reconnecting in 4.0 s: no\\x0aroute",
  ],
  [{ event: "warning", code: "x", message: "careful" }, "warning: careful"],
  [{ event: "error", code: "name_taken", message: "it\r\nis" }, "tun: it\\x0d\\x0ais (name_taken)"],
  [{ event: "stopped" }, "stopped"],
];

Deno.test("plainLine is one harmless line for each event", () => {
  for (const [event, line] of CASES) assertEquals(plainLine(event), line);
});

Deno.test("PlainLines sends trouble to stderr and the rest to stdout, with colour if asked", () => {
  const sink = () => ({
    text: "",
    backlog: 0,
    write(text: string) {
      this.text += text;
    },
  });
  const out = sink();
  const err = sink();
  using lines = new PlainLines({ out, err }, ansiPaint);
  lines.report(READY);
  lines.report({ event: "displaced", code: "displaced", message: "m" });
  assertEquals(out.text, "\x1b[1mhttps://shop.example.com\x1b[22m -> 127.0.0.1:3000\n");
  assertEquals(err.text, "\x1b[31mtun:\x1b[39m m \x1b[2m(displaced)\x1b[22m\n");
});
