/**
 * What an adapter is given to plan with, and what it plans.
 *
 * @module
 */

import type { Leg } from "../contender.ts";

/** What an adapter may use for one start. */
export interface Ground {
  /** Where the client side reaches the app. */
  readonly app: Deno.NetAddr;
  readonly leg: Leg;
  /** A folder for configuration and state, removed at the end. */
  readonly scratch: string;
  /** A TCP port that nobody listens on, another one each time. */
  readonly freePort: () => number;
}

/** The programs of one start, and how visitors reach them. */
export interface Plan {
  /** In the order of their starts; each is waited for. */
  readonly servers: readonly PlannedProgram[];
  /** Started once the servers listen. */
  readonly clients: readonly PlannedProgram[];
  /** Where visitors connect to. */
  readonly address: Deno.NetAddr;
  /** The `Host` that they send. */
  readonly host: string;
}

/** A program to start. */
export interface PlannedProgram {
  /** A function where it needs what a server has written when it started. */
  readonly command: readonly string[] | (() => Promise<readonly string[]>);
  readonly environment?: Readonly<Record<string, string>>;
  /** The TCP ports that it listens on once it is ready. */
  readonly listens?: readonly number[];
}

/** An address on the server's side. */
export function onServer({ leg }: Ground, port: number): Deno.NetAddr {
  return { transport: "tcp", hostname: leg.server.hostname, port };
}

/** `host:port`, as programs want it. */
export function hostPort({ hostname, port }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Writes a configuration file; gives its path. */
export async function writeConfig(
  { scratch }: Ground,
  name: string,
  text: string,
): Promise<string> {
  const path = `${scratch}/${name}`;
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  return path;
}

/** What {@linkcode freePort} has given: whoever got it may not listen yet. */
const given = new Set<number>();

/** A port that was free a moment ago, and is given once. */
export function freePort(): number {
  for (;;) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}
