/**
 * What the kernel says of programs that cannot be asked: on which ports they listen, and whether
 * they and their children are still there. Linux only, as the whole comparison.
 *
 * @module
 */

/** The state of a listening socket in `/proc/PID/net/tcp`. */
const LISTEN = "0A";

/**
 * True if something listens on a TCP port in the network that a process sees, which need not be
 * ours. Asking the kernel does not count as a connection, as a probe would.
 */
export function listensOn(pid: number, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["tcp", "tcp6"].some((table) =>
    read(`/proc/${pid}/net/${table}`).split("\n").some((line) => {
      const [, local = "", , state] = line.trim().split(/\s+/);
      return state === LISTEN && local.endsWith(suffix);
    })
  );
}

/** The children of a process, and theirs. */
export function descendantsOf(pid: number): readonly number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

/** True while a process is there; one that has ended and is not waited for is not. */
export function isRunning(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  // The name is in brackets and may contain anything; the state follows it.
  return stat !== "" && stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
}

function childrenOf(pid: number): readonly number[] {
  return [...listTasks(pid)].flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(" ").filter((word) => word !== "").map(Number)
  );
}

function listTasks(pid: number): readonly string[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isGone(error)) return "";
    throw error;
  }
}

/** The process has ended, perhaps between opening the file and reading it (ESRCH). */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Error && "code" in error &&
      (error.code === "ESRCH" || error.code === "EINVAL");
}
