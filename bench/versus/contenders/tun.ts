/**
 * tun itself, from this checkout or from another one, as its two programs.
 *
 * @module
 */

import { type Contender, LOOPBACK, type StartOptions } from "../contender.ts";
import { LoggedProgram } from "../process/logged_program.ts";

/** Which tun, and what it is told. */
export interface TunOptions {
  readonly name: string;
  /** The checkout whose programs run. */
  readonly tree: string;
  readonly kind: "http" | "tcp";
  /** Flags beside those that are needed to run at all. */
  readonly serverFlags?: readonly string[];
  readonly clientFlags?: readonly string[];
}

/** Makes a contender of a checkout. */
export function tunContender(options: TunOptions): Contender {
  const { name, tree, kind, serverFlags = [], clientFlags = [] } = options;
  return {
    name,
    family: "tun",
    settings: ["--no-auth", ...serverFlags, ...clientFlags].join(" "),
    availability: () => versionOf(tree),
    async start({ app, leg = LOOPBACK }: StartOptions) {
      await using undo = new AsyncDisposableStack();
      const state = await Deno.makeTempDir({ prefix: "tun-versus-" });
      undo.defer(() => Deno.remove(state, { recursive: true }));
      const server = undo.use(
        new LoggedProgram([
          ...leg.server.prefix,
          ...program(tree, "server"),
          "--no-auth",
          `--http=${leg.server.hostname}:0`,
          `--tunnel=${leg.server.hostname}:0`,
          "--admin=127.0.0.1:0",
          `--state=${state}`,
          ...serverFlags,
        ]),
      );
      const [, listening] = await server.waitFor(/"http":"[^"]*:(\d+)"/);
      const started = performance.now();
      const client = undo.use(
        new LoggedProgram([
          ...leg.client.prefix,
          ...program(tree, "client"),
          ...(kind === "tcp" ? ["tcp"] : []),
          `${app.hostname}:${app.port}`,
          `--endpoint=http://${leg.server.hostname}:${listening}`,
          "--json",
          ...clientFlags,
        ], { env: { XDG_CONFIG_HOME: state } }),
      );
      const [, url] = await client.waitFor(/"event":"ready".*"url":"[a-z]+:\/\/([^"]+)"/);
      const port = Number(kind === "tcp" ? url!.split(":")[1] : listening);
      const cleanUp = undo.move();
      return {
        address: { transport: "tcp", hostname: leg.server.hostname, port },
        host: url!,
        processes: [
          { role: "server", pid: server.pid },
          { role: "client", pid: client.pid },
        ],
        connectMs: performance.now() - started,
        [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
      };
    },
  };
}

function program(tree: string, side: "server" | "client"): readonly string[] {
  return [Deno.execPath(), "run", "--quiet", "--allow-all", `${tree}/${side}/main.ts`];
}

async function versionOf(tree: string): Promise<{ version: string } | { missing: string }> {
  try {
    const { stdout, success } = await new Deno.Command("git", {
      args: ["-C", tree, "describe", "--always", "--dirty"],
      stderr: "null",
    }).output();
    await Deno.stat(`${tree}/server/main.ts`);
    return { version: success ? new TextDecoder().decode(stdout).trim() : "unversioned" };
  } catch (error) {
    return { missing: String(error) };
  }
}
