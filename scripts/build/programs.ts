/**
 * The two programs and what each may do. A permission that is not here cannot be had: an
 * executable never asks.
 *
 * @module
 */

import { FLAGS as CLIENT_FLAGS } from "../../client/cli/flags.ts";
import { FLAGS as SERVER_FLAGS } from "../../server/cli/flags.ts";

/** A program. */
export interface Program {
  /** The executable's name. */
  readonly name: "tun" | "tun-server";
  /** Where it begins, from the repository's root. */
  readonly entry: string;
  /** The environment variables it can see. To it, all others are not set. */
  readonly env: readonly string[];
  /** What Deno calls unstable and it uses. */
  readonly unstable: readonly string[];
}

/**
 * What both may do, and why it is no less.
 *
 * - `net`: the server listens where it is told, and the client dials what it is told.
 * - `read`, `write`: `deno compile` knows no `$HOME` and no flags, and the state directory, the
 *   certificates, the config file and the sockets of local services are wherever a person says.
 *   (Deno asks for both to dial a unix socket.) A path that is known only at run time cannot be
 *   asked for: who has the whole right can give it up, but not all of it but one directory. So
 *   `tun` gives up writing once its keys are kept, and the systemd units say where the server may.
 *
 * Not: starting programs, loading native code, system information, and code from elsewhere.
 */
export const PERMISSIONS: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--deny-run",
  "--deny-ffi",
  "--deny-sys",
  "--deny-import",
];

/** Variables that no flag stands for. */
const CLIENT_ENV = [
  // Where the config directory is, on each system.
  "XDG_CONFIG_HOME",
  "HOME",
  "APPDATA",
  "USERPROFILE",
  // How to get out.
  ...["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((n) => [n, n.toLowerCase()]),
  // What the terminal can do.
  "TERM",
  "NO_COLOR",
];

/** So that the server can refuse to start when it is set. */
const SERVER_ENV = ["DENO_SERVE_ADDRESS"];

/** Whether traces are recorded. Deno's exporter reads its own variables without asking. */
const TELEMETRY_ENV = ["OTEL_DENO", "OTEL_DENO_TRACING", "OTEL_SDK_DISABLED"];

/** Both. */
export const PROGRAMS: readonly Program[] = [
  {
    name: "tun",
    entry: "client/main.ts",
    env: [...CLIENT_FLAGS.flatMap(({ env }) => env ?? []), ...CLIENT_ENV, ...TELEMETRY_ENV],
    unstable: [],
  },
  {
    name: "tun-server",
    entry: "server/main.ts",
    env: [...SERVER_FLAGS.flatMap(({ env }) => env ?? []), ...SERVER_ENV, ...TELEMETRY_ENV],
    // Two TLS listeners on one port, for a certificate that changes.
    unstable: ["net"],
  },
];

/**
 * The flags of `deno compile` for a program's permissions. With `--ignore-env`, a variable that is
 * not allowed looks as if it were not set, and the whole environment is those that are allowed.
 */
export function permissionFlags({ env }: Program): string[] {
  return [...PERMISSIONS, `--allow-env=${env.join(",")}`, "--ignore-env"];
}
