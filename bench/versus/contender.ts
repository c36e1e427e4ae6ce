/**
 * What every way to bring visitors to an app looks like to the comparison: tun, its rivals, and
 * the limits that no tunnel can pass.
 *
 * @module
 */

/** One way to bring visitors to an app. */
export interface Contender {
  /** What the report calls it: `frp http`, `tun http over tcp`, `haproxy 2 hops`. */
  readonly name: string;
  /** `http` understands HTTP, `raw` relays bytes, `limit` is no tunnel. */
  readonly family: "tun" | "http" | "raw" | "limit";
  /** The settings that differ from its defaults, in one line for the report. */
  readonly settings: string;
  /** Its version as its own program says it, or why it is not here. Never throws. */
  availability(): Promise<Availability>;
  /** Starts it; resolves when a request through it has been answered by the app. */
  start(options: StartOptions): Promise<Running>;
}

/** The version that is here, or why none is. */
export type Availability = { readonly version: string } | { readonly missing: string };

/** What a contender is started for. */
export interface StartOptions {
  /** Where the client side reaches the app. */
  readonly app: Deno.NetAddr;
  /** Where the two sides run. @default both on loopback */
  readonly leg?: Leg;
}

/** Where the two sides of a contender run, and how they reach each other. */
export interface Leg {
  readonly server: Place;
  readonly client: Place;
  /** The address that the server listens on for visitors; this process must reach it. */
  readonly visitorHostname: string;
  /** The address that the server listens on for its client, and the client dials. */
  readonly linkHostname: string;
}

/** Where one side runs. */
export interface Place {
  /** Goes before every command of that side, such as `ip netns exec NAME`; it must exec. */
  readonly prefix: readonly string[];
}

/** A contender that has been started. Disposing stops every process of it and frees its ports. */
export interface Running extends AsyncDisposable {
  /** Where visitors connect to. */
  readonly address: Deno.NetAddr;
  /** The `Host` that they must send. */
  readonly host: string;
  /** Every process that carries traffic, children too, as they are when it is ready. */
  readonly processes: readonly RunningProcess[];
}

/** A process of a contender that runs. */
export interface RunningProcess {
  readonly role: "server" | "client";
  readonly pid: number;
}

/** Both sides on this machine, by loopback. */
export const LOOPBACK: Leg = {
  server: { prefix: [] },
  client: { prefix: [] },
  visitorHostname: "127.0.0.1",
  linkHostname: "127.0.0.1",
};
