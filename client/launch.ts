/**
 * Puts the parts together: who we are, how the server is reached, and an agent with its tunnels.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { Agent } from "./agent.ts";
import type { AgentTunnel } from "./agent/tunnel.ts";
import type { ConnectionOptions } from "./cli/command.ts";
import { readToken } from "./cli/credentials.ts";
import { endpointIdentity, plaintextRefusal } from "./address/endpoint.ts";
import type { Environment } from "./environment.ts";
import { leaseKeyFor } from "./cli/lease_keys.ts";
import type { TunEvent } from "./events.ts";
import { UsageError } from "./usage_error.ts";
import { AuthoritiesError } from "./dial/authorities.ts";
import { Dialer } from "./dial/dialer.ts";
import { ProxyError } from "./dial/proxy.ts";
import { versionLine } from "./version.ts";

/** What tunnels are opened with. */
export interface LaunchOptions {
  readonly connection: ConnectionOptions;
  readonly tunnels: readonly AgentTunnel[];
  /** Where tokens and lease keys are kept. */
  readonly configDirectory?: string | undefined;
  /** Where the proxy variables are. */
  readonly env: Environment;
  /** Who is told what happens. Must not throw. */
  readonly report: (event: TunEvent) => void;
}

/**
 * Starts an agent.
 *
 * @throws {UsageError} If a token, a proxy or a certificate to trust cannot be used.
 * @throws {CredentialsError} If the file with the tokens makes no sense.
 */
export async function launch(options: LaunchOptions): Promise<Agent> {
  const { connection, configDirectory, env, report, tunnels } = options;
  const { endpoint, ca, connectTimeoutMs } = connection;
  const identity = endpointIdentity(endpoint);
  const warn = (message: string) => report({ event: "warning", code: "credentials", message });
  const kept = connection.token === undefined && configDirectory !== undefined
    ? await readToken(configDirectory, identity)
    : { warnings: [] };
  kept.warnings.forEach(warn);
  const first = connection.token ?? kept.token;
  if (first !== undefined) {
    const refusal = plaintextRefusal(endpoint, connection.allowPlaintext);
    if (refusal !== undefined) throw new UsageError(refusal);
  }
  let leaseKey: string | undefined;
  if (first === undefined) {
    const lease = await leaseKeyFor(configDirectory, identity);
    if (lease.warning !== undefined) warn(lease.warning);
    leaseKey = encodeHex(lease.key);
  }
  return new Agent({
    dialer: dialerFor({ endpoint, ca, connectTimeoutMs, env }),
    tunnels,
    agent: versionLine(),
    leaseKey,
    report,
    random: Math.random,
    token: async () => {
      if (connection.token !== undefined || configDirectory === undefined) return connection.token;
      // `tun login` may have been run again since.
      return (await readToken(configDirectory, identity)).token;
    },
  });
}

function dialerFor(options: ConstructorParameters<typeof Dialer>[0]): Dialer {
  try {
    return new Dialer(options);
  } catch (error) {
    if (error instanceof ProxyError || error instanceof AuthoritiesError) {
      throw new UsageError(error.message);
    }
    throw error;
  }
}
