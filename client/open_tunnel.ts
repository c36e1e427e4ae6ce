/**
 * A tunnel that a program has opened.
 *
 * @module
 */

import type { Agent } from "./agent.ts";
import type { AgentTunnel } from "./agent/tunnel.ts";
import { configDirectory } from "./cli/config_directory.ts";
import { environment } from "./environment.ts";
import type { TunEvent } from "./events.ts";
import { launch } from "./launch.ts";
import { connectionOf, type TunnelOptions } from "./tunnel_options.ts";

/** Why a tunnel has ended. */
export interface TunnelEnd {
  /** `stopped`, or what went wrong; stable, for programs. */
  readonly code: string;
  /** The same for a person. */
  readonly message: string;
}

/** A tunnel could not be opened. */
export class TunnelError extends Error {
  /** Tells the class apart. */
  override readonly name = "TunnelError";
  /** Why; stable, for programs. */
  readonly code: string;

  /** Makes an error of what the server, or the attempt to reach it, said. */
  constructor({ code, message }: TunnelEnd, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A tunnel that is open, and stays so whatever the network does. */
export interface Tunnel extends AsyncDisposable {
  /** Where visitors go: `https://shop.example.com`, or `tcp://example.com:30000`. */
  readonly url: string;
  /** Its name, or its port as text. */
  readonly name: string;
  /** Resolves when it is over for good. */
  readonly closed: Promise<TunnelEnd>;
  /** Lets requests that are under way end, for at most three seconds, and closes it. */
  close(): Promise<void>;
}

/** Opens one tunnel and waits until it is there. */
export async function openTunnel(
  options: TunnelOptions,
  makeTunnel: (report: (event: TunEvent) => void) => Promise<AgentTunnel & Disposable>,
): Promise<Tunnel> {
  const { signal, onEvent } = options;
  signal?.throwIfAborted();
  const ready = Promise.withResolvers<{ readonly url: string; readonly name: string }>();
  const report = (event: TunEvent) => {
    if (event.event === "ready") ready.resolve(event);
    onEvent?.(event);
  };
  const tunnel = await makeTunnel(report);
  const env = environment();
  const agent = await launch({
    connection: connectionOf(options),
    tunnels: [tunnel],
    env,
    report,
    configDirectory: options.configDirectory === undefined
      ? configDirectory(env, Deno.build.os)
      : options.configDirectory ?? undefined,
  });
  const onAbort = () => void agent.stop(0);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const closed = agent.ended.then(({ code, message }) => {
    signal?.removeEventListener("abort", onAbort);
    tunnel[Symbol.dispose]();
    return { code, message };
  });
  const failed = closed.then((end): never => {
    signal?.throwIfAborted();
    throw new TunnelError(end);
  });
  const { url, name } = await Promise.race([ready.promise, failed]);
  failed.catch(() => {});
  return new OpenTunnel(agent, { url, name, closed });
}

class OpenTunnel implements Tunnel {
  readonly url: string;
  readonly name: string;
  readonly closed: Promise<TunnelEnd>;
  readonly #agent: Agent;

  constructor(agent: Agent, { url, name, closed }: Pick<Tunnel, "url" | "name" | "closed">) {
    this.#agent = agent;
    this.url = url;
    this.name = name;
    this.closed = closed;
  }

  async close(): Promise<void> {
    await this.#agent.stop();
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
