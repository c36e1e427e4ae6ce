/**
 * Brings one rival by the ordinary client of its registry and builds it in release mode, the way
 * its own releases are built.
 *
 * @module
 */

import { systemProgram } from "./folder.ts";
import type { CargoSource, DebianSource, GoSource, NpmSource, Source } from "./sources.ts";

/**
 * Puts the programs of a rival into `folder/bin`; gives a line that says what came.
 *
 * @throws {Error} With the reason, in one line, if it cannot be had.
 */
export async function buildFromSource(source: Source, folder: string): Promise<string> {
  switch (source.from) {
    case "go":
      return await buildGo(source, folder);
    case "cargo":
      return await buildCargo(source, folder);
    case "npm":
      return await installNpm(source, folder);
    case "debian":
      return await installDebian(source);
    case "hand":
      throw new Error(source.reason);
  }
}

/**
 * Builds in a copy of the module. `go install MODULE@VERSION` refuses modules that replace one of
 * their dependencies, as frp's does.
 */
async function buildGo(source: GoSource, folder: string): Promise<string> {
  const { version, directory } = await downloadGo(source);
  const copy = `${folder}/source`;
  await removeFolder(copy);
  await run(["cp", "-r", "--no-preserve=mode", directory, copy]);
  const linked = source.versionVariable === undefined
    ? "-s -w"
    : `-s -w -X ${source.versionVariable}=${version}`;
  await Deno.mkdir(`${folder}/bin`, { recursive: true });
  await run([
    ...["go", "build", "-buildvcs=false", "-trimpath", "-ldflags", linked],
    ...(source.tags === undefined ? [] : ["-tags", source.tags]),
    ...["-o", `${folder}/bin/`, ...source.packages],
  ], copy);
  await removeFolder(copy);
  return `${source.module}@${version}`;
}

/** Downloads the first version that the registry has. */
async function downloadGo(
  { module, versions }: GoSource,
): Promise<{ readonly version: string; readonly directory: string }> {
  const refusals: string[] = [];
  for (const version of versions) {
    // Outside of every module, so that none of ours is read or changed.
    const command = ["go", "mod", "download", "-json", `${module}@${version}`];
    const { stdout } = await new Deno.Command(command[0]!, { args: command.slice(1), cwd: "/" })
      .output();
    const { Dir, Error: refusal } = JSON.parse(new TextDecoder().decode(stdout)) as {
      readonly Dir?: string;
      readonly Error?: string;
    };
    if (Dir !== undefined) return { version, directory: Dir };
    refusals.push(`${version}: ${lastLine(refusal ?? "no answer")}`);
  }
  throw new Error(`the registry does not give ${module}: ${refusals.join("; ")}`);
}

async function buildCargo({ crate, version, locked }: CargoSource, folder: string) {
  await run([
    ...["cargo", "install", "--quiet", "--root", folder, `${crate}@${version}`],
    ...(locked ? ["--locked"] : []),
  ]);
  return `${crate}@${version}`;
}

async function installNpm({ packages }: NpmSource, folder: string): Promise<string> {
  await run(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", ...packages]);
  return packages.join(", ");
}

/** Takes what the system has; installs it only where that needs no password. */
async function installDebian({ packages, name }: DebianSource): Promise<string> {
  const program = name === "ssh" ? "sshd" : name;
  if (await systemProgram(program) !== program) return `${await systemProgram(program)} is here`;
  const command = ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
  if (Deno.uid() !== 0) throw new Error(`run as root: ${command.join(" ")}`);
  await run(command);
  return packages.join(", ");
}

async function run(command: readonly string[], cwd?: string): Promise<void> {
  const [program = "", ...args] = command;
  const { success, stderr } = await new Deno.Command(program, {
    args,
    ...(cwd === undefined ? {} : { cwd }),
    stdout: "null",
  }).output();
  if (!success) throw new Error(`${program}: ${lastLine(new TextDecoder().decode(stderr))}`);
}

/** What a tool says last is most often what stopped it, if it says `error` nowhere. */
function lastLine(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.find((line) => line.startsWith("error")) ?? lines.at(-1) ?? "no reason given";
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
