import { assert, assertEquals } from "@std/assert";
import { type LiveState, renderFrame, type TimedRequest } from "./live_frame.ts";
import { textWidth } from "./printable.ts";
import { ansiPaint, noPaint } from "./style.ts";

function request(path: string, status = 200, method = "GET"): TimedRequest {
  return { event: "request", method, path, status, ms: 12, bytes: 1200, time: "12:01:02" };
}

const STATE: LiveState = {
  tunnels: [{
    event: "ready",
    kind: "http",
    url: "https://shop.tun.example.com",
    name: "shop",
    session: "s1",
    target: "127.0.0.1:3000",
  }],
  status: { kind: "online", resumed: false },
  requests: 3,
  failures: 1,
  bytes: 4321,
  recent: [request("/"), request("/api/orders?page=2", 404), request("/boom", 502, "POST")],
};

Deno.test("renderFrame shows URL, status, counters and the last requests", () => {
  assertEquals(renderFrame(STATE, { columns: 81, rows: 24 }, 0, noPaint), [
    "● online",
    "https://shop.tun.example.com → 127.0.0.1:3000",
    "3 requests, 1 failed, 4.3 kB   (Ctrl-C stops)",
    "",
    "12:01:02 GET     /                                           200   12 ms  1.2 kB",
    "12:01:02 GET     /api/orders?page=2                          404   12 ms  1.2 kB",
    "12:01:02 POST    /boom                                       502   12 ms  1.2 kB",
  ]);
});

Deno.test("renderFrame counts down to the next try", () => {
  const status = { kind: "reconnecting", at: 5000, reason: "no route" } as const;
  const first = (now: number): string | undefined =>
    renderFrame({ ...STATE, status }, { columns: 80, rows: 24 }, now, noPaint)[0];
  assertEquals(first(0), "● reconnecting in 5 s: no route");
  assertEquals(first(4001), "● reconnecting in 1 s: no route");
  assertEquals(first(9000), "● reconnecting now: no route");
});

Deno.test("renderFrame never leaves its terminal, whatever strangers send", () => {
  const hostile = [
    "/\x1b[2J\x1b]0;x\x07\r\n",
    "/" + "日本".repeat(200),
    "/" + "👩‍👩‍👧".repeat(50),
    "/" + "e\u0301".repeat(300),
    "/\u202eabc",
    "/" + "x".repeat(100_000),
  ];
  const state = { ...STATE, recent: hostile.map((path) => request(path, 200, "MÉTHODE\x1b[31m")) };
  for (let columns = 1; columns <= 130; columns++) {
    for (const rows of [1, 2, 5, 24]) {
      const lines = renderFrame(state, { columns, rows }, 0, noPaint);
      assert(lines.length <= Math.max(1, rows - 1), `${columns}x${rows}`);
      for (const line of lines) {
        assert(!/\p{Cc}/u.test(line), JSON.stringify(line));
        assert(textWidth(line) <= Math.max(2, columns - 1), `${columns}: ${line}`);
      }
    }
  }
});

Deno.test("renderFrame breaks a long URL over lines, so that it can be copied", () => {
  const lines = renderFrame(STATE, { columns: 20, rows: 24 }, 0, noPaint);
  assertEquals(lines[1]! + lines[2]!, "https://shop.tun.example.com");
});

Deno.test("renderFrame says how many lines of tunnels do not fit", () => {
  const tunnels = Array.from({ length: 20 }, (_, i) => ({ ...STATE.tunnels[0]!, tunnel: `t${i}` }));
  const lines = renderFrame({ ...STATE, tunnels }, { columns: 80, rows: 11 }, 0, noPaint);
  assertEquals(lines.length, 10);
  assertEquals(lines[1], "t0  https://shop.tun.example.com → 127.0.0.1:3000");
  assertEquals(lines[6], "… 15 more lines");
});

Deno.test("Colour changes no width", () => {
  const size = { columns: 80, rows: 24 };
  const plain = renderFrame(STATE, size, 0, noPaint);
  const coloured = renderFrame(STATE, size, 0, ansiPaint);
  // deno-lint-ignore no-control-regex
  assertEquals(coloured.map((line) => line.replace(/\x1b\[\d+m/g, "")), plain);
  assert(coloured.join("").includes("\x1b[31m502"));
});
