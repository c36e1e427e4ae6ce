/**
 * Small secret files: readable by their owner only, and never seen half-written.
 *
 * @module
 */

const OWNER_ONLY = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")));
}

/** Writes the text beside `path`, to be put in its place in one step. */
async function writeBeside(path: string, text: string): Promise<string> {
  await Deno.mkdir(directoryOf(path), { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  const beside = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(beside, text, { createNew: true, mode: OWNER_ONLY });
  return beside;
}

/** Writes a file, replacing what was there. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const beside = await writeBeside(path, text);
  try {
    await Deno.rename(beside, path);
  } catch (error) {
    await Deno.remove(beside);
    throw error;
  }
}

/**
 * Writes a file unless it is there, and gives back what is there then: of two processes that do
 * this at once, both get the text of one.
 */
export async function createPrivateFile(path: string, text: string): Promise<string> {
  const beside = await writeBeside(path, text);
  try {
    // A hard link, unlike a rename, fails if the name is taken.
    await Deno.link(beside, path);
    return text;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return await Deno.readTextFile(path);
    // A file system without hard links: the last of two at once wins.
    await Deno.rename(beside, path);
    return text;
  } finally {
    await Deno.remove(beside).catch(() => {});
  }
}

/** The text of a file and whether others may read it; nothing if there is no such file. */
export async function readPrivateFile(
  path: string,
): Promise<{ readonly text: string; readonly exposed: boolean } | undefined> {
  try {
    const text = await Deno.readTextFile(path);
    const { mode } = await Deno.stat(path);
    // Windows has no such bits; there the directory of the person is private.
    return { text, exposed: Deno.build.os !== "windows" && ((mode ?? 0) & 0o077) !== 0 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
