import { assertEquals } from "@std/assert";
import { makeLog } from "./log.ts";

function logged(form: "text" | "json", verbose = false) {
  const lines: string[] = [];
  const log = makeLog({ form, verbose, write: (line) => lines.push(line), wallTime: () => 0 });
  return { log, lines };
}

Deno.test("makeLog() writes an event a line, as JSON", () => {
  const { log, lines } = logged("json");
  log.event("request", { target: '/"\n', status: 200 });
  assertEquals(lines, [
    '{"time":"1970-01-01T00:00:00.000Z","event":"request","target":"/\\"\\n","status":200}\n',
  ]);
});

Deno.test("makeLog() lets nobody forge a line or write to the terminal", () => {
  const { log, lines } = logged("text");
  log.event("request", { target: "/a\r\n00:00 event", agent: "\x1b[2J\u202e", tunnel: "app" });
  assertEquals(lines.length, 1);
  assertEquals(
    lines[0],
    '00:00:00.000 request          target="/a\\r\\n00:00 event" agent="\\u001b[2J\\u202e" tunnel=app\n',
  );
});

Deno.test("makeLog() keeps details for those who look for a fault", () => {
  const quiet = logged("text");
  quiet.log.detail("x");
  assertEquals(quiet.lines.length, 0);
  const verbose = logged("text", true);
  verbose.log.detail("x");
  assertEquals(verbose.lines.length, 1);
});
