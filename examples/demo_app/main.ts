/**
 * Runs the sample app alone: `deno run -A examples/demo_app/main.ts [port]`.
 *
 * @module
 */

import { demoApp } from "./app.ts";

const stopping = new AbortController();
const port = Number(Deno.args[0] ?? 3000);
const server = Deno.serve({ hostname: "127.0.0.1", port }, demoApp(stopping.signal));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Windows does not know the second one.
  if (Deno.build.os === "windows" && signal === "SIGTERM") continue;
  Deno.addSignalListener(signal, () => {
    stopping.abort();
    server.shutdown();
  });
}
await server.finished;
Deno.exit();
