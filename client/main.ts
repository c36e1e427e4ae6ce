/**
 * `tun`: command line, signals, exit code.
 *
 * @module
 */

import type { Agent } from "./agent.ts";
import type { AgentTunnel } from "./agent/tunnel.ts";
import type { Command, TunnelSpec } from "./cli/command.ts";
import { parseCommandLine } from "./cli/command_line.ts";
import { configDirectory } from "./cli/config_directory.ts";
import { CredentialsError } from "./cli/credentials.ts";
import { EXIT, exitCodeOf } from "./cli/exit_codes.ts";
import type { Environment } from "./environment.ts";
import { readTextFile } from "./cli/read_text_file.ts";
import { consoleSize } from "./cli/terminal/console.ts";
import type { TunEvent } from "./events.ts";
import { withoutQuery } from "./cli/terminal/without_query.ts";
import { UsageError } from "./usage_error.ts";
import { forwardedTunnel } from "./forwarded_tunnel.ts";
import { launch } from "./launch.ts";
import { login } from "./login.ts";
import { Terminal } from "./terminal.ts";
import { versionLine } from "./version.ts";

/** Where the program runs. */
interface Surroundings {
  readonly env: Environment;
  readonly configDirectory: string | undefined;
  readonly terminal: Terminal;
}

/** Runs one command line and gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const env = Deno.env.toObject();
  const directory = configDirectory(env, Deno.build.os);
  const terminal = new Terminal();
  const restoring = () => terminal.restore();
  globalThis.addEventListener("unhandledrejection", restoring);
  globalThis.addEventListener("error", restoring);
  try {
    const result = parseCommandLine(args, env, {
      readFile: readTextFile,
      columns: consoleSize().columns,
      ...(directory === undefined ? {} : { configDirectory: directory }),
    });
    if (result.ok) return await run(result.command, { env, configDirectory: directory, terminal });
    terminal.complain(result.message);
    return result.exitCode;
  } catch (error) {
    if (error instanceof UsageError || error instanceof CredentialsError) {
      terminal.complain(error.message);
      return exitCodeOf(error.code);
    }
    terminal.restore();
    throw error;
  } finally {
    await terminal.close();
    globalThis.removeEventListener("unhandledrejection", restoring);
    globalThis.removeEventListener("error", restoring);
  }
}

async function run(command: Command, surroundings: Surroundings): Promise<number> {
  const { terminal } = surroundings;
  switch (command.kind) {
    case "help":
      terminal.out.write(command.text);
      return EXIT.stopped;
    case "version":
      terminal.out.write(`${versionLine()}\n`);
      return EXIT.stopped;
    case "login":
      terminal.out.write(`${await login(command.connection, surroundings.configDirectory)}\n`);
      return EXIT.stopped;
    case "run":
      return await openTunnels(command, surroundings);
  }
}

async function openTunnels(
  { tunnels: specs, connection, output, warnings }: Command & { kind: "run" },
  { env, configDirectory, terminal }: Surroundings,
): Promise<number> {
  const directory = Deno.cwd();
  const reporter = terminal.reporter(output, env);
  const report = (event: TunEvent) => reporter.report(withoutQuery(event));
  for (const message of warnings) report({ event: "warning", code: "usage", message });
  using opened = new DisposableStack();
  const tunnels: AgentTunnel[] = [];
  for (const spec of specs) {
    tunnels.push(opened.use(await forwardedTunnel(spec, directory, report)));
  }
  const agent = await launch({
    connection,
    configDirectory,
    env,
    report,
    tunnels,
  });
  giveUpWriting(specs);
  using _signals = stopOnSignal(agent);
  const { code } = await agent.ended;
  await agent.stop(0);
  return code === "stopped" ? EXIT.stopped : exitCodeOf(code);
}

/**
 * Everything that is kept has been written by now, so the right to write goes. Only for a unix
 * socket it stays: without it Deno dials none.
 */
function giveUpWriting(specs: readonly TunnelSpec[]): void {
  if (specs.every(({ target }) => target.kind !== "socket")) {
    Deno.permissions.revokeSync({ name: "write" });
  }
}

/** The first signal stops in good order, the second at once. */
function stopOnSignal(agent: Agent): Disposable {
  let isAsked = false;
  const onSignal = () => {
    if (isAsked) agent.stop(0);
    else agent.stop();
    isAsked = true;
  };
  // Not SIGHUP: listening to it would undo `nohup`. Windows knows the first one only.
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
    },
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
