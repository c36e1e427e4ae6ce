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
  /** The load before the run: of 1, 5 and 15 minutes. */
  readonly load: readonly number[];
}

/** Looks at this machine. */
export async function describeMachine(): Promise<Machine> {
  const cpuInfo = await Deno.readTextFile("/proc/cpuinfo");
  return {
    processor: /^model name\s*: (.*)$/m.exec(cpuInfo)?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    memoryBytes: Deno.systemMemoryInfo().total,
    kernel: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    wrk: await wrkVersion(),
    load: Deno.loadavg(),
  };
}

async function wrkVersion(): Promise<string> {
  const { stdout } = await new Deno.Command("wrk", { args: ["-v"], stderr: "null" }).output();
  return /^wrk (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "unknown";
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
