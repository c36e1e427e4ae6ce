/**
 * The machine that figures were taken on.
 *
 * @module
 */

/** What a reader must know about it. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly deno: string;
  readonly wrk: string;
  /** The kernel's congestion control and the most that its buffers grow to. */
  readonly tcp: string;
  /** The load before the run: of 1, 5 and 15 minutes. */
  readonly load: readonly number[];
}

/**
 * Looks at this machine.
 *
 * @throws {RangeError} If it has no wrk.
 */
export async function describeMachine(): Promise<Machine> {
  const cpuInfo = await Deno.readTextFile("/proc/cpuinfo");
  return {
    processor: /^model name\s*: (.*)$/m.exec(cpuInfo)?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    memoryBytes: Deno.systemMemoryInfo().total,
    kernel: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    wrk: await wrkVersion(),
    tcp: await describeTcp(),
    load: Deno.loadavg(),
  };
}

/** What counts on a long line. */
async function describeTcp(): Promise<string> {
  const setting = async (name: string) =>
    (await Deno.readTextFile(`/proc/sys/net/ipv4/${name}`)).trim().replace(/\s+/g, " ");
  return `${await setting("tcp_congestion_control")}, tcp_rmem ${await setting("tcp_rmem")}, ` +
    `tcp_wmem ${await setting("tcp_wmem")}`;
}

async function wrkVersion(): Promise<string> {
  try {
    const { stdout } = await new Deno.Command("wrk", { args: ["-v"], stderr: "null" }).output();
    return /^wrk (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "unknown";
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RangeError("Cannot compare without wrk; Debian has it: apt-get install wrk");
  }
}

/** The commit of this checkout. */
export async function describeCommit(): Promise<string> {
  const { stdout, success } = await new Deno.Command("git", {
    args: ["describe", "--always", "--dirty"],
    cwd: new URL(".", import.meta.url).pathname,
    stderr: "null",
  }).output();
  return success ? new TextDecoder().decode(stdout).trim() : "unknown";
}
