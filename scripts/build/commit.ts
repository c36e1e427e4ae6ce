/**
 * Which commit is being built.
 *
 * @module
 */

/**
 * The commit, with `-dirty` behind it if files were changed since. Nothing where there is no
 * history, as in an unpacked archive.
 */
export async function commitOf(root: URL): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
      cwd: root,
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
