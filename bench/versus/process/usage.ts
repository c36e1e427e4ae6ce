/**
 * What processes have used, as the kernel counts it: for programs that cannot be asked.
 *
 * @module
 */

import { descendantsOf } from "../rivals/kernel.ts";

/** What a process and its descendants have used so far. */
export interface ProcessUsage {
  /** Processor time in seconds, user and system, of all threads. */
  readonly cpuSeconds: number;
  /** The most resident memory since {@linkcode resetPeaks}, in bytes; the sum over processes. */
  readonly peakBytes: number;
  /** Resident memory now, in bytes. */
  readonly residentBytes: number;
}

/** The kernel counts processor time in hundredths of a second (USER_HZ, the same everywhere). */
const TICKS_PER_SECOND = 100;

/** Takes what `pids` and all their descendants have used; a process that is gone counts nothing. */
export function usageOf(pids: readonly number[]): ProcessUsage {
  const sum = { cpuSeconds: 0, peakBytes: 0, residentBytes: 0 };
  for (const pid of withDescendants(pids)) {
    const stat = readProc(pid, "stat");
    const status = readProc(pid, "status");
    if (stat === undefined || status === undefined) continue;
    sum.cpuSeconds += parseCpuTicks(stat) / TICKS_PER_SECOND;
    sum.peakBytes += parseKilobytes(status, "VmHWM");
    sum.residentBytes += parseKilobytes(status, "VmRSS");
  }
  return sum;
}

/** Lets the peak of resident memory start anew, where the kernel allows it. */
export function resetPeaks(pids: readonly number[]): void {
  for (const pid of withDescendants(pids)) {
    try {
      Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
    } catch (error) {
      if (!isGone(error) && !(error instanceof Deno.errors.NotCapable)) throw error;
    }
  }
}

/** The processor time in a line of `/proc/PID/stat`, in hundredths of a second. */
export function parseCpuTicks(line: string): number {
  // The name is in brackets and may contain anything, brackets too.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  // utime, stime, and those of children that have ended and were waited for.
  return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0);
}

/** A line such as `VmHWM:   1234 kB` of `/proc/PID/status`, in bytes. */
export function parseKilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) * 1024;
}

function withDescendants(roots: readonly number[]): ReadonlySet<number> {
  return new Set(roots.flatMap((pid) => [pid, ...descendantsOf(pid)]));
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The process has ended, perhaps between opening the file and reading it (ESRCH). */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Error && "code" in error && error.code === "ESRCH";
}
