/**
 * A line with a round trip, loss and a rate, between two network namespaces of our
 * own: on one side the visitors and the servers, on the other the clients and the app.
 *
 * ```text
 *   near                                            far
 *   visitors ── server ══ 10.77.0.1 ~ shaper ~ 10.77.0.2 ══ client ── app
 * ```
 *
 * The kernel's netem is not everywhere; `shaper.c` does its work between two TUN
 * devices, and is the same for every contender. Needs root, `ip` and a C compiler.
 *
 * @module
 */

/** What the line is like. */
export interface LineShape {
  /** There and back. */
  readonly roundTripMs: number;
  /** Packets lost, of a hundred, in each direction. */
  readonly lossPercent: number;
  /** Bits a second, in millions, in each direction; absent: no limit. */
  readonly megabits?: number;
}

/** One end of the line. */
export interface LineEnd {
  /** Put before a command to run it there. */
  readonly prefix: readonly string[];
  /** The address that the other end reaches it at. */
  readonly hostname: string;
}

/** A packet that would wait longer than this for its turn is dropped, as by a usual router. */
const QUEUE_MS = 200;

/** The devices' own queue must not be what loses packets. */
const DEVICE_QUEUE_PACKETS = 10_000;

const SHAPER_SOURCE = new URL("./shaper.c", import.meta.url).pathname;

/** A line; disposing it removes the namespaces and whatever device was in them. */
export class ShapedPath implements AsyncDisposable {
  /** Where visitors and servers are. */
  readonly near: LineEnd;
  /** Where clients and the app are. */
  readonly far: LineEnd;
  readonly #undo: AsyncDisposableStack;

  /** Made by {@linkcode openShapedPath} alone. */
  constructor(names: readonly [string, string], undo: AsyncDisposableStack) {
    this.near = end(names[0], "10.77.0.1");
    this.far = end(names[1], "10.77.0.2");
    this.#undo = undo;
  }

  /** Takes the line away. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}

/** Why there can be no line here, or `undefined` if there can. */
export async function whyNoShapedPath(): Promise<string | undefined> {
  try {
    await Deno.stat("/dev/net/tun");
    await run("ip", "netns", "list");
    await run("cc", "--version");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return Deno.uid() === 0 ? undefined : "network namespaces need root";
}

/** Makes a line. */
export async function openShapedPath(shape: LineShape): Promise<ShapedPath> {
  await using undo = new AsyncDisposableStack();
  const scratch = undo.adopt(await Deno.makeTempDir(), (path) => Deno.remove(path, remove));
  const shaper = `${scratch}/shaper`;
  await run("cc", "-O2", "-o", shaper, SHAPER_SOURCE);
  const names = [`tun-near-${Deno.pid}`, `tun-far-${Deno.pid}`] as const;
  for (const name of names) {
    await run("ip", "netns", "add", name);
    undo.defer(() => run("ip", "netns", "delete", name));
  }
  undo.use(await startShaper(shaper, names, shape));
  for (const [index, name] of names.entries()) {
    await run("ip", "-n", name, "address", "add", `10.77.0.${index + 1}/30`, "dev", "tun0");
    await run("ip", "-n", name, "link", "set", "lo", "up");
    await run("ip", "-n", name, "link", "set", "tun0", ...deviceSettings);
  }
  return new ShapedPath(names, undo.move());
}

const remove = { recursive: true };
const deviceSettings = ["txqueuelen", String(DEVICE_QUEUE_PACKETS), "mtu", "1500", "up"];

async function startShaper(
  program: string,
  names: readonly [string, string],
  { roundTripMs, lossPercent, megabits = 0 }: LineShape,
): Promise<AsyncDisposable> {
  const delayUs = Math.round(roundTripMs * 500);
  const lossPpm = Math.round(lossPercent * 10_000);
  const child = new Deno.Command(program, {
    args: [...names, ...[delayUs, lossPpm, megabits, QUEUE_MS].map(String)],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const stop = async () => {
    child.kill();
    await child.status;
  };
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  await reader.cancel();
  if (!done) return { [Symbol.asyncDispose]: stop };
  const { code } = await child.status;
  throw new Error(`The shaper did not start (exit code ${code})`);
}

function end(name: string, hostname: string): LineEnd {
  return { prefix: ["ip", "netns", "exec", name], hostname };
}

/** Runs a command to its end, and tells what it complained about if it fails. */
async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (success) return;
  const why = new TextDecoder().decode(stderr).trim();
  throw new Error(`${program} ${args.join(" ")}: ${why}`);
}
