/**
 * Starts the app in a process of its own.
 *
 * @module
 */

import { LineProgram } from "../process/line_program.ts";

/** The app, while it runs. */
export interface AppProcess extends AsyncDisposable {
  readonly address: Deno.NetAddr;
  readonly pid: number;
}

/** Starts it; `prefix` goes before the command, and `hostname` is where it listens. */
export async function startApp(
  hostname = "127.0.0.1",
  prefix: readonly string[] = [],
): Promise<AppProcess> {
  await using undo = new AsyncDisposableStack();
  const program = undo.use(new LineProgram(new URL("./app.ts", import.meta.url), { prefix }));
  const address = await program.ask<Deno.NetAddr>("listen", { hostname });
  const cleanUp = undo.move();
  return {
    address,
    pid: program.pid,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}
