/**
 * Where a server keeps its keys and leases.
 *
 * @module
 */

/** The state directory cannot be made. */
export class StateError extends Error {
  /** Tells the class apart. */
  override readonly name = "StateError";
}

/**
 * Makes the directory, for nobody but us, if it is not there.
 *
 * @throws {StateError} If the system refuses.
 */
export async function makeStateDirectory(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StateError(`--state ${path}: the directory cannot be made`, { cause });
  }
}
