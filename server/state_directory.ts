/**
 * Where a server keeps its keys and leases, and the lock that keeps it to one server: two would
 * undo each other's journal.
 *
 * @module
 */

/** The state directory cannot be used. */
export class StateError extends Error {
  /** Tells the class apart. */
  override readonly name = "StateError";
  /** What is in the way; stable, for programs. */
  readonly code: "not_writable" | "in_use";

  /** Names the directory. */
  constructor(path: string, code: StateError["code"], options: ErrorOptions = {}) {
    super(`--state ${path}: ${REASONS[code]}`, options);
    this.code = code;
  }
}

const REASONS: Record<StateError["code"], string> = {
  not_writable: "the directory cannot be made or written to",
  in_use: "another tun-server uses this directory: stop that one, or choose another directory",
};

/** Deno 2.6 cannot try to lock: a lock that takes longer than this there is somebody else's. */
const LOCK_WAIT_MS = 500;

/**
 * Makes the directory, for nobody but us, if it is not there.
 *
 * @throws {StateError} If the system refuses.
 */
async function makeStateDirectory(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StateError(path, "not_writable", { cause });
  }
}

/**
 * Makes the directory if need be, and locks it. The system gives the lock back when the process
 * ends, however it does.
 *
 * @throws {StateError} If the system refuses, or another server has it.
 */
export async function openStateDirectory(path: string): Promise<Disposable> {
  await makeStateDirectory(path);
  let lock: Deno.FsFile;
  try {
    lock = await Deno.open(`${path}/lock`, { write: true, create: true, mode: 0o600 });
  } catch (cause) {
    throw new StateError(path, "not_writable", { cause });
  }
  try {
    if (await tryLock(lock)) return lock;
  } catch (cause) {
    lock.close();
    throw new StateError(path, "not_writable", { cause });
  }
  lock.close();
  throw new StateError(path, "in_use");
}

async function tryLock(file: Deno.FsFile): Promise<boolean> {
  if (typeof file.tryLock === "function") return await file.tryLock(true);
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), LOCK_WAIT_MS);
  try {
    return await Promise.race([file.lock(true).then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
