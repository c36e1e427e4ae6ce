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
  /** How it is set up, in one line for the report. */
  readonly settings: string;
  /** Its version as its own program says it, or why it is not here. Never throws. */
  availability(): Promise<Availability>;
  /** Starts it; resolves when a `GET /` through it has been answered by the app. */
  start(options: StartOptions): Promise<Running>;
}

/** The version that is here, or why none is. */
export type Availability = { readonly version: string } | { readonly missing: string };

/** What a contender is started for. */
export interface StartOptions {
  /** Where the client side reaches the app. */
  readonly app: Deno.NetAddr;
  /** Where the two sides run. @default {@linkcode LOOPBACK} */
  readonly leg?: Leg;
}

/**
 * Where the two sides run. Visitors come from the server's side. On a leg of two places the app
 * listens on every address of the client's side, since some limits reach it without a client.
 */
export interface Leg {
  readonly server: Place;
  readonly client: Place;
}

/** Where one side runs. */
export interface Place {
  /** Goes before every command of that side, such as `ip netns exec NAME`; it must exec. */
  readonly prefix: readonly string[];
  /** The address at which the other side, and on the server's side a visitor, reaches it. */
  readonly hostname: string;
}

/** A contender that has been started. Disposing it stops every process and frees every port. */
export interface Running extends AsyncDisposable {
  /** Where visitors connect to. */
  readonly address: Deno.NetAddr;
  /** The `Host` that they must send. */
  readonly host: string;
  /** The processes that were started; some have descendants that carry the traffic. */
  readonly processes: readonly RunningProcess[];
  /** From the start of the client's program to the first answer; 0 where there is no client. */
  readonly connectMs: number;
}

/** A process of a contender that runs. */
export interface RunningProcess {
  readonly role: "server" | "client";
  readonly pid: number;
}

/** Both sides on this machine, by loopback. */
export const LOOPBACK: Leg = {
  server: { prefix: [], hostname: "127.0.0.1" },
  client: { prefix: [], hostname: "127.0.0.1" },
};
