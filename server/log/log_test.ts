import { assert, assertEquals } from "@std/assert";
import type { LogLevel } from "./events.ts";
import { makeLog } from "./log.ts";

const ascii = new TextDecoder("ascii", { fatal: true });

function logged(form: "text" | "json", level: LogLevel = "info") {
  const lines: string[] = [];
  const write = (line: Uint8Array) => void lines.push(ascii.decode(line));
  const log = makeLog({ form, level, write, wallTime: () => 0 });
  return { log, lines };
}

Deno.test("makeLog() writes an event a line, as JSON", () => {
  const { log, lines } = logged("json");
  log.event("request", { path: '/"\n', status: 200, code: undefined });
  log.event("stopped");
  assertEquals(lines, [
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"request","path":"/\\"\\n","status":200}\n',
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"stopped"}\n',
  ]);
});

Deno.test("makeLog() writes a moment's events with the same time, and the next with its own", () => {
  const lines: string[] = [];
  let now = 1;
  const write = (line: Uint8Array) => void lines.push(ascii.decode(line));
  const log = makeLog({ form: "text", level: "info", write, wallTime: () => now });
  log.event("stopping");
  log.event("stopping");
  now = 2;
  log.event("stopped");
  assertEquals(lines.map((line) => line.slice(9, 12)), ["001", "001", "002"]);
});

Deno.test("makeLog() lets nobody forge a line or write to a terminal", () => {
  const hostile = "/a\r\n00:00 event \x1b[2J\x9b2J\u202e\u2028\x7f";
  const text = logged("text");
  text.log.event("request", { path: hostile, tunnel: "app", agent: 'a" b=c' });
  assertEquals(text.lines, [
    '00:00:00.000 info  request          path="/a\\r\\n00:00 event ' +
    '\\u001b[2J\\u009b2J\\u202e\\u2028\\u007f" tunnel=app agent="a\\" b=c"\n',
  ]);
  const json = logged("json");
  json.log.event("request", { path: hostile });
  const [line] = json.lines;
  assert(/^[\x20-\x7e]+\n$/.test(line!), line);
  assertEquals(JSON.parse(line!).path, hostile);
});

Deno.test("makeLog() cuts what is too long for a log", () => {
  const { log, lines } = logged("json");
  log.event("fault", { error: "x".repeat(1_000_000), session: "s" });
  assertEquals(JSON.parse(lines[0]!).error, `${"x".repeat(4096)}...`);
  assertEquals(JSON.parse(lines[0]!).session, "s");
});

Deno.test("makeLog() leaves out what matters less than its level, which can change", () => {
  const { log, lines } = logged("json", "warn");
  log.event("request");
  log.event("bind_failed");
  log.event("fault");
  log.level = "error";
  log.event("bind_failed");
  log.level = "debug";
  log.event("request");
  assertEquals(lines.map((line) => JSON.parse(line).event), ["bind_failed", "fault", "request"]);
});
