import { assert, assertEquals } from "@std/assert";
import type { Clock, Timer } from "@tun/protocol";
import { LiveView, RESTORE_TERMINAL } from "./live_view.ts";
import { noPaint } from "./style.ts";

/** Time that passes when a test says so. */
class ManualClock implements Clock {
  #now = 0;
  readonly pending = new Map<Timer, { readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  schedule(ms: number, callback: () => void): Timer {
    const cancel = (): void => void this.pending.delete(timer);
    const timer: Timer = { cancel, [Symbol.dispose]: cancel };
    this.pending.set(timer, { at: this.#now + ms, callback });
    return timer;
  }

  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.pending].filter(([, { at }]) => at <= end).sort((a, b) =>
        a[1].at - b[1].at
      );
      if (due[0] === undefined) break;
      const [timer, { at, callback }] = due[0];
      this.pending.delete(timer);
      this.#now = at;
      callback();
    }
    this.#now = end;
  }
}

/** As much of a terminal as the view uses: lines, a cursor, and what was scrolled away stays. */
class Screen {
  lines: string[] = [""];
  row = 0;
  writes = 0;
  backlog = 0;
  raw = "";

  write(text: string): void {
    this.writes++;
    this.raw += text;
    let column = 0;
    // deno-lint-ignore no-control-regex
    for (const [part] of text.matchAll(/\x1b\[\??(\d*)([a-zA-Z])|\r|\n|[^\x1b\r\n]+/g)) {
      // deno-lint-ignore no-control-regex
      const up = /^\x1b\[(\d+)A$/.exec(part);
      if (up !== null) this.row -= Number(up[1]);
      else if (part === "\x1b[K") this.#set(this.lines[this.row]!.slice(0, column));
      else if (part === "\x1b[J") this.lines.length = this.row + 1;
      else if (part === "\x1b[H") this.row = 0;
      else if (part === "\x1b[2J") this.lines = [""];
      else if (part === "\r") column = 0;
      else if (part === "\n") {
        column = 0;
        this.row++;
        if (this.lines.length <= this.row) this.lines.push("");
      } else if (!part.startsWith("\x1b")) {
        const line = this.lines[this.row]!;
        this.#set(line.slice(0, column) + part + line.slice(column + part.length));
        column += part.length;
      }
      assert(this.row >= 0, "the cursor left the screen");
    }
  }

  #set(line: string): void {
    this.lines[this.row] = line;
  }
}

function boot(): {
  clock: ManualClock;
  screen: Screen;
  view: LiveView;
  size: { columns: number; rows: number };
} {
  const clock = new ManualClock();
  const screen = new Screen();
  const size = { columns: 70, rows: 10 };
  const view = new LiveView({
    out: screen,
    size: () => size,
    clock,
    timeOfDay: () => "12:00:00",
    paint: noPaint,
  });
  return { clock, screen, view, size };
}

const READY = {
  event: "ready",
  kind: "http",
  url: "https://shop.example.com",
  name: "shop",
  session: "s1",
  target: "127.0.0.1:3000",
} as const;

const REQUEST = {
  event: "request",
  method: "GET",
  path: "/",
  status: 200,
  ms: 5,
  bytes: 10,
} as const;

Deno.test("LiveView draws over its own lines and leaves the last picture", () => {
  const { clock, screen, view } = boot();
  assertEquals(screen.lines, ["● connecting", ""]);
  clock.pass(1000);
  view.report(READY);
  clock.pass(1000);
  view.report(REQUEST);
  clock.pass(1000);
  view.report({ event: "stopped" });
  view.close();
  assertEquals(screen.lines, [
    "● stopped",
    "https://shop.example.com → 127.0.0.1:3000",
    "1 requests, 10 B   (Ctrl-C stops)",
    "",
    "12:00:00 GET     /                                200    5 ms    10 B",
    "",
  ]);
  assert(screen.raw.startsWith("\x1b[?25l\x1b[?7l"));
  assert(screen.raw.endsWith(RESTORE_TERMINAL));
  assertEquals(clock.pending.size, 0);
});

Deno.test("LiveView lets a problem that is longer than a row wrap", () => {
  const { clock, screen, view } = boot();
  const message = "long ".repeat(50);
  view.report({ event: "warning", code: "x", message });
  clock.pass(1000);
  assert(screen.raw.includes(`\x1b[?7h\x1b[Jwarning: ${message}\n\x1b[?7l`));
  view.close();
});

Deno.test("LiveView keeps problems above the picture", () => {
  const { clock, screen, view } = boot();
  view.report({ event: "warning", code: "x", message: "look\x1b[2J out" });
  clock.pass(1000);
  view.report(READY);
  clock.pass(1000);
  view.report({ event: "error", code: "app_unreachable", message: "nothing listens" });
  clock.pass(1000);
  view.close();
  assertEquals(screen.lines.slice(0, 4), [
    "warning: look\\x1b[2J out",
    "tun: nothing listens (app_unreachable)",
    "● online",
    "https://shop.example.com → 127.0.0.1:3000",
  ]);
});

Deno.test("LiveView draws at most ten times a second, and the last state in the end", () => {
  const { clock, screen, view } = boot();
  clock.pass(1000);
  view.report(READY);
  const before = screen.writes;
  for (let i = 0; i < 1000; i++) {
    view.report(REQUEST);
    clock.pass(1);
  }
  clock.pass(100);
  assert(screen.writes - before <= 12, `${screen.writes - before} frames`);
  assert(screen.lines.includes("1000 requests, 10 kB   (Ctrl-C stops)"));
  view.close();
});

Deno.test("LiveView counts down while it waits, then stops drawing", () => {
  const { clock, screen, view } = boot();
  view.report({ event: "reconnecting", inSeconds: 3 });
  clock.pass(100);
  assertEquals(screen.lines[0], "● reconnecting in 3 s");
  clock.pass(1100);
  assertEquals(screen.lines[0], "● reconnecting in 2 s");
  // An event does not wait for the next second.
  view.report(READY);
  clock.pass(100);
  assertEquals(screen.lines[0], "● online");
  clock.pass(60_000);
  assertEquals(clock.pending.size, 0, "a quiet tunnel costs nothing");
  view.close();
});

Deno.test("LiveView shows a resume for a moment", () => {
  const { clock, screen, view } = boot();
  view.report(READY);
  view.report({ event: "paused" });
  clock.pass(1000);
  assertEquals(screen.lines[0], "● connection lost, requests wait for it");
  view.report({ event: "resumed" });
  clock.pass(1000);
  assertEquals(screen.lines[0], "● online, resumed: nothing was lost");
  clock.pass(10_000);
  assertEquals(screen.lines[0], "● online");
  view.close();
  assertEquals(clock.pending.size, 0);
});

Deno.test("LiveView wipes the screen when its size changes, and fits the new one", () => {
  const { clock, screen, view, size } = boot();
  view.report(READY);
  clock.pass(1000);
  size.columns = 12;
  view.resized();
  clock.pass(1000);
  assertEquals(screen.lines.slice(0, 4), ["● online", "https://sho", "p.example.c", "om"]);
  view.close();
});

Deno.test("LiveView sends no frame to a terminal that has not taken the last one", () => {
  const { clock, screen, view } = boot();
  clock.pass(1000);
  const before = screen.writes;
  screen.backlog = 1;
  view.report(READY);
  clock.pass(5000);
  assertEquals(screen.writes, before);
  screen.backlog = 0;
  clock.pass(200);
  assertEquals(screen.lines[0], "● online");
  screen.backlog = 1;
  view.close();
  assertEquals(clock.pending.size, 0);
  view.report(REQUEST);
  view.resized();
  view.close();
  assertEquals(clock.pending.size, 0, "nothing happens after the end");
});
