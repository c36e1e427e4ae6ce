/**
 * Where the command line's output goes, and how it is given back at the end.
 *
 * @module
 */

import { systemClock } from "@tun/protocol";
import type { OutputOptions } from "./cli/command.ts";
import type { Environment } from "./environment.ts";
import { ConsoleSink, consoleSize, onConsoleResize } from "./cli/terminal/console.ts";
import type { Reporter } from "./events.ts";
import { JsonLines } from "./cli/terminal/json_lines.ts";
import { LiveView, RESTORE_TERMINAL } from "./cli/terminal/live_view.ts";
import { outputMode } from "./cli/terminal/output_mode.ts";
import { PlainLines } from "./cli/terminal/plain_lines.ts";
import { ansiPaint, noPaint } from "./cli/terminal/style.ts";

/** A reader that does not read may not keep the program from ending. */
const FLUSH_MS = 500;

/** Standard output and standard error. */
export class Terminal {
  readonly out: ConsoleSink = new ConsoleSink(Deno.stdout);
  readonly err: ConsoleSink = new ConsoleSink(Deno.stderr);
  #reporter: Reporter | undefined;
  #resize: Disposable | undefined;
  #isLive = false;

  /** What fits the output. */
  reporter(output: OutputOptions, env: Environment): Reporter {
    const { mode, colour } = outputMode(output, Deno.stdout.isTerminal(), env);
    const paint = colour ? ansiPaint : noPaint;
    const { out, err } = this;
    this.#isLive = mode === "live";
    if (mode === "json") return this.#reporter = new JsonLines(out);
    if (mode === "plain") return this.#reporter = new PlainLines({ out, err }, paint);
    const timeOfDay = () => new Date().toTimeString().slice(0, 8);
    const view = new LiveView({ out, size: consoleSize, clock: systemClock, timeOfDay, paint });
    this.#resize = onConsoleResize(() => view.resized());
    return this.#reporter = view;
  }

  /** One line that is no event. */
  complain(message: string): void {
    this.err.write(`tun: ${message}\n`);
  }

  /** Gives the terminal back, with everything written that somebody reads. */
  async close(): Promise<void> {
    this.#resize?.[Symbol.dispose]();
    this.#reporter?.close();
    this.#reporter = undefined;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = systemClock.schedule(FLUSH_MS, resolve);
    await Promise.race([Promise.all([this.out.flush(), this.err.flush()]), late]);
    timer.cancel();
  }

  /** After a crash: at once, and whatever state everything is in. */
  restore(): void {
    if (!this.#isLive) return;
    try {
      Deno.stdout.writeSync(new TextEncoder().encode(`${RESTORE_TERMINAL}\n`));
    } catch {
      // There is no terminal any more.
    }
  }
}
