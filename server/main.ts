/**
 * `tun-server`: command line, signals, exit code.
 *
 * @module
 */

import { RevocationError } from "./auth/revocations.ts";
import { explainToken, tokenFor } from "./auth/token_commands.ts";
import { KeyError } from "./auth/verification_key.ts";
import { type CommandLineResult, parseCommandLine } from "./cli/command_line.ts";
import type { Command } from "./cli/command.ts";
import type { ServerConfig } from "./config.ts";
import { listenAddressLabel } from "./listen_address.ts";
import { readTextFile } from "./cli/read_text_file.ts";
import { CertificateError, checkCertificate, ListenError } from "./listen.ts";
import { OutputLog } from "./log/output_log.ts";
import { type ReadConfig, Reload } from "./reload/reload.ts";
import { createServer } from "./create_server.ts";
import type { Server } from "./server.ts";
import { StateError } from "./state_directory.ts";
import { VERSION } from "./version.ts";

const EXIT_USAGE = 2;

function readCommandLine(): CommandLineResult {
  return parseCommandLine(Deno.args, Deno.env.toObject(), {
    readFile: readTextFile,
    isTerminal: Deno.stdout.isTerminal(),
  });
}

async function main(): Promise<number> {
  const result = readCommandLine();
  if (!result.ok) return complain(result.message, result.exitCode);
  return await run(result.command);
}

async function run(command: Command): Promise<number> {
  switch (command.kind) {
    case "help":
      print(command.text);
      return 0;
    case "version":
      print(`tun-server ${VERSION}\n`);
      return 0;
    case "serve":
      return await serve(command);
    case "check":
      return check(command);
    case "token":
      print(`${await tokenFor(command)}\n`);
      return 0;
    case "inspect": {
      const token = command.token ?? await new Response(Deno.stdin.readable).text();
      print(`${(await explainToken(token.trim(), command.keys)).join("\n")}\n`);
      return 0;
    }
  }
}

async function serve({ config, warnings }: Command & { kind: "serve" }): Promise<number> {
  for (const warning of warnings) complain(warning, 0);
  await using log = new OutputLog({ form: config.log, level: config.logLevel });
  let server: Server;
  const configure = async (next: ServerConfig) => {
    const changes = await server.configure(next);
    log.level = next.logLevel;
    return changes;
  };
  const reload = new Reload({ read: readConfig, configure, log });
  try {
    server = await createServer(config, { log, reload: () => reload.run() });
  } catch (error) {
    if (
      !(error instanceof ListenError || error instanceof StateError ||
        error instanceof CertificateError || error instanceof KeyError ||
        error instanceof RevocationError)
    ) throw error;
    return complain(error.message, EXIT_USAGE);
  }
  log.event("listening", {
    http: listenAddressLabel(server.httpAddress),
    tunnel: listenAddressLabel(server.tunnelAddress),
    admin: listenAddressLabel(server.adminAddress),
    origin: server.origin,
    auth: config.auth.kind,
  });
  if (server.firstTokenFile !== undefined) {
    complain(`made a first token: ${server.firstTokenFile} (give it to \`tun login\`)`, 0);
  }
  using _reloading = reloadOnSignal(reload);
  await stopOnSignal(server);
  return 0;
}

const readConfig: ReadConfig = () => {
  const result = readCommandLine();
  if (!result.ok) return { ok: false, reason: result.message };
  // The same arguments are the same command.
  const { config } = result.command as Command & { kind: "serve" };
  return { ok: true, config };
};

/** Windows has no such signal. */
function reloadOnSignal(reload: Reload): Disposable | undefined {
  if (Deno.build.os === "windows") return undefined;
  const onSignal = () => {
    reload.run();
  };
  Deno.addSignalListener("SIGHUP", onSignal);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", onSignal) };
}

function check({ config, warnings, text }: Command & { kind: "check" }): number {
  for (const warning of warnings) complain(warning, 0);
  print(text);
  try {
    if (config.tls !== undefined) checkCertificate(config.tls);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return complain(error.message, EXIT_USAGE);
  }
  return 0;
}

/** The first signal stops in good order, the second at once. */
async function stopOnSignal(server: Server): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isAsked = false;
  const onSignal = () => {
    server.stop({ now: isAsked }).then(resolve, reject);
    isAsked = true;
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  await promise;
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, onSignal);
}

const utf8 = new TextEncoder();

function print(text: string): void {
  Deno.stdout.writeSync(utf8.encode(text));
}

function complain(message: string, code: number): number {
  Deno.stderr.writeSync(utf8.encode(`tun-server: ${message}\n`));
  return code;
}

if (import.meta.main) Deno.exit(await main());
