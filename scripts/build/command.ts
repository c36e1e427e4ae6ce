/**
 * Other programs that the build runs.
 *
 * @module
 */

/** A program that the build needs has failed. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Runs a program and gives what it printed. Its complaints go to our standard error. */
export async function run(
  program: string,
  { args, cwd, env = {} }: {
    readonly args: readonly string[];
    readonly cwd: URL;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<string> {
  const { success, code, stdout } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (!success) throw new CommandError(`${program} ${args[0] ?? ""} ended with exit code ${code}`);
  return new TextDecoder().decode(stdout);
}
