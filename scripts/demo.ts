/**
 * A server, a client and the sample app in one process: `deno task demo`. Nothing is kept, and
 * nothing can be reached from other machines.
 *
 * @module
 */

import { connect } from "@tun/client";
import { createServer, ListenError, type Server, SERVER_DEFAULTS, silentLog } from "@tun/server";
import { plainLine } from "../client/cli/terminal/plain_lines.ts";
import { ansiPaint, noPaint } from "../client/cli/terminal/style.ts";
import { demoApp } from "../examples/demo_app/app.ts";

const LOOPBACK = "127.0.0.1";
const PUBLIC_PORT = 8080;
const APP_PORT = 3000;

/** Whoever presses Ctrl-C does not want to wait for downloads. */
const DRAIN_TIMEOUT_MS = 1000;

/** `start` with the port wanted or, if that is taken, with one that the system chooses. */
async function withFreePort<T>(port: number, start: (port: number) => T | Promise<T>): Promise<T> {
  try {
    return await start(port);
  } catch (error) {
    if (!isTaken(error)) throw error;
    say(`Port ${port} is taken: another one is used`);
    return await start(0);
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Deno.errors.AddrInUse ||
    (error instanceof ListenError && error.code === "in_use");
}

function startServer(port: number, state: string): Promise<Server> {
  const any = { hostname: LOOPBACK, port: 0 };
  const http = { hostname: LOOPBACK, port };
  return createServer({
    ...SERVER_DEFAULTS,
    http,
    tunnel: any,
    admin: any,
    auth: { kind: "none" },
    state,
    drainTimeoutMs: DRAIN_TIMEOUT_MS,
  }, { log: silentLog });
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Resolves when the person has had enough. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // They stay in place: `deno task` passes Ctrl-C on, which the terminal has sent already.
  for (const signal of Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"]) {
    Deno.addSignalListener(signal as Deno.Signal, resolve);
  }
  return promise;
}

const stopped = stopSignal();
const colours = Deno.stdout.isTerminal() && !Deno.noColor ? ansiPaint : noPaint;
const state = await Deno.makeTempDir({ prefix: "tun-demo-" });
try {
  const feedsEnd = new AbortController();
  const app = await withFreePort(
    APP_PORT,
    (port) => Deno.serve({ hostname: LOOPBACK, port, onListen() {} }, demoApp(feedsEnd.signal)),
  );
  const server = await withFreePort(PUBLIC_PORT, (port) => startServer(port, state));
  const tunnel = await connect({
    target: app.addr.port,
    endpoint: `http://${LOOPBACK}:${server.httpAddress.port}`,
    name: "demo",
    configDirectory: `${state}/client`,
    onEvent: (event) => {
      if (event.event !== "ready" && event.event !== "stopped") say(plainLine(event, colours));
    },
  });
  say(`
The app    http://${LOOPBACK}:${app.addr.port}
Its URL    ${colours("bold", tunnel.url)}

Requests are shown as they pass. Ctrl-C stops everything.
`);
  await stopped;
  // Feeds never end by themselves. A client whose server is gone would try to come back.
  feedsEnd.abort();
  await tunnel.close();
  await server.stop();
  await app.shutdown();
  say("Stopped");
} finally {
  await Deno.remove(state, { recursive: true });
}
Deno.exit(0);
