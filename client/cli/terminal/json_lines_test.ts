import { assertEquals } from "@std/assert";
import type { TunEvent } from "../../events.ts";
import { jsonLine, JsonLines } from "./json_lines.ts";

Deno.test("JsonLines writes the contract, key by key", () => {
  const ready = {
    event: "ready",
    kind: "http",
    url: "https://shop.example.com",
    name: "shop",
    session: "s1",
  } as const;
  const cases: [TunEvent, string][] = [
    [
      { ...ready, target: "127.0.0.1:3000" },
      `{"event":"ready","kind":"http","url":"https://shop.example.com","name":"shop","session":"s1"}`,
    ],
    [
      { ...ready, reconnected: true, tunnel: "web" },
      `{"event":"ready","kind":"http","url":"https://shop.example.com","name":"shop",` +
      `"session":"s1","reconnected":true,"tunnel":"web"}`,
    ],
    [
      { ...ready, reconnected: false },
      `{"event":"ready","kind":"http","url":"https://shop.example.com","name":"shop","session":"s1"}`,
    ],
    [{ event: "paused" }, `{"event":"paused"}`],
    [{ event: "resumed" }, `{"event":"resumed"}`],
    [{ event: "stopped" }, `{"event":"stopped"}`],
    [
      { event: "reconnecting", inSeconds: 1.23456, reason: "refused" },
      `{"event":"reconnecting","seconds":1.235,"reason":"refused"}`,
    ],
    [
      { event: "request", method: "GET", path: "/a", status: 200, ms: 12.6, bytes: 5 },
      `{"event":"request","method":"GET","path":"/a","status":200,"ms":13,"bytes":5}`,
    ],
    ...(["refused", "displaced", "error", "warning"] as const).map((event): [TunEvent, string] => [
      { event, code: "name_taken", message: "m" },
      `{"event":"${event}","code":"name_taken","message":"m"}`,
    ]),
  ];
  for (const [event, line] of cases) assertEquals(jsonLine(event), line + "\n");
});

Deno.test("A line stays one harmless line and keeps the text", () => {
  const path = "/\n\x1b[2J\x7f\x9b\u2028\u2029\ud800é日";
  const line = jsonLine({ event: "request", method: "GET", path, status: 200, ms: 1, bytes: 0 });
  assertEquals(/[\p{Cc}\u2028\u2029]/u.test(line.slice(0, -1)), false);
  assertEquals(line.at(-1), "\n");
  assertEquals(JSON.parse(line).path, path);
});

Deno.test("JsonLines leaves out requests, and nothing else, while nobody reads", () => {
  const sink = { text: "", backlog: 0, write: (text: string) => void (sink.text += text) };
  const lines = new JsonLines(sink);
  const request = {
    event: "request",
    method: "GET",
    path: "/",
    status: 200,
    ms: 1,
    bytes: 0,
  } as const;
  sink.backlog = 2 ** 20;
  lines.report(request);
  lines.report(request);
  assertEquals(sink.text, "");
  lines.report({ event: "paused" });
  assertEquals(sink.text, `{"event":"paused"}\n`);
  sink.backlog = 0;
  lines.report({ event: "resumed" });
  assertEquals(
    sink.text.split("\n").slice(1, 3),
    [
      `{"event":"warning","code":"slow_reader","message":"2 requests are not shown: the reader was too slow"}`,
      `{"event":"resumed"}`,
    ],
  );
});
