/**
 * Makes the executables, in `dist/`:
 *
 *     deno task build                       tun and tun-server for this system
 *     deno task build --target linux-arm64  for another system; may be repeated
 *     deno task build --all                 for all five
 *
 * `--out DIR` puts them elsewhere. With `--target` or `--all` there is an archive for each system
 * too, named `tun-<version>-<system>.tar.gz`; `SHA256SUMS` lists everything that was made.
 *
 * In the environment, `DENO` is the deno that compiles (default: the one that runs this) and
 * `DENORT_BIN` the runtime to build on where it cannot be downloaded, which `deno compile` reads.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { encodeHex } from "@std/encoding/hex";
import client from "../client/deno.json" with { type: "json" };
import { bundle } from "./build/bundle.ts";
import { CommandError } from "./build/command.ts";
import { commitOf } from "./build/commit.ts";
import { compile } from "./build/compile.ts";
import { type Platform, platformOf, PLATFORMS } from "./build/platforms.ts";
import { PROGRAMS } from "./build/programs.ts";
import { gzip, tar } from "./build/tar.ts";

const ROOT = new URL("../", import.meta.url);

/** Goes into every archive, beside the programs. */
const PAPERS = ["LICENSE", "README.md"];

/** What was asked for cannot be built. */
class BuildError extends Error {
  override readonly name = "BuildError";
}

/** What is to be built. */
interface Order {
  readonly platforms: readonly Platform[];
  /** Whether an archive is made for each. */
  readonly archives: boolean;
  /** A directory. */
  readonly out: URL;
}

function orderOf(args: readonly string[]): Order {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    boolean: ["all"],
    string: ["target", "out"],
    collect: ["target"],
    unknown: (arg) => {
      unknown.push(arg);
      return false;
    },
  });
  if (unknown.length > 0) throw new BuildError(`unknown argument: ${unknown.join(" ")}`);
  const known = PLATFORMS.map(({ name }) => name).join(", ");
  const named = flags.target.map((name) => {
    const platform = platformOf(name);
    if (platform !== undefined) return platform;
    throw new BuildError(`--target ${JSON.stringify(name)}: expected one of ${known}`);
  });
  const host = platformOf(Deno.build.target);
  if (host === undefined && !flags.all && named.length === 0) {
    throw new BuildError(`this is ${Deno.build.target}: give --target, one of ${known}`);
  }
  const platforms = flags.all ? PLATFORMS : named.length > 0 ? named : [host!];
  if (platforms.length > 1 && Deno.env.has("DENORT_BIN")) {
    throw new BuildError("DENORT_BIN is the runtime of one system: build for one at a time");
  }
  const cwd = new URL(`file://${Deno.cwd()}/`);
  const archives = flags.all || named.length > 0;
  return { platforms, archives, out: new URL(`${flags.out ?? "dist"}/`, flags.out ? cwd : ROOT) };
}

async function build({ platforms, archives, out }: Order): Promise<void> {
  const deno = Deno.env.get("DENO") ?? Deno.execPath();
  const commit = await commitOf(ROOT);
  // Not a temporary directory: its path is hashed into the executable, so that one made in the
  // same place twice is the same twice.
  const work = new URL(".build/", out);
  await Deno.remove(work, { recursive: true }).catch(ignoreMissing);
  await Deno.mkdir(work, { recursive: true });
  const sums: string[] = [];
  const note = async (name: string) => {
    const bytes = await Deno.readFile(new URL(name, out));
    sums.push(`${encodeHex(await crypto.subtle.digest("SHA-256", bytes))}  ${name}\n`);
    say(`${name}: ${bytes.length} bytes`);
  };

  for (const program of PROGRAMS) {
    const output = new URL(`${program.name}.js`, work);
    await bundle({ program, root: ROOT, commit, output });
  }
  for (const platform of platforms) {
    const folder = new URL(`${platform.name}/`, work);
    await Deno.mkdir(folder);
    for (const program of PROGRAMS) {
      const source = new URL(`${program.name}.js`, work);
      const output = new URL(program.name + platform.suffix, folder);
      await compile({ program, platform, deno, source, output });
    }
    if (archives) {
      const name = `tun-${client.version}-${platform.name}.tar.gz`;
      await Deno.writeFile(new URL(name, out), await archive(platform, folder));
      await note(name);
    }
    if (platform.target !== Deno.build.target) continue;
    for (const program of PROGRAMS) {
      const name = program.name + platform.suffix;
      // Not written over: a program that runs cannot be.
      await Deno.rename(new URL(name, folder), new URL(name, out));
      await note(name);
    }
  }
  await Deno.writeTextFile(new URL("SHA256SUMS", out), sums.join(""));
  await Deno.remove(work, { recursive: true });
}

async function archive(platform: Platform, folder: URL): Promise<Uint8Array> {
  const files = [
    ...PROGRAMS.map(({ name }) => ({ name: name + platform.suffix, from: folder })),
    ...PAPERS.map((name) => ({ name, from: ROOT })),
  ];
  const members = await Promise.all(files.map(async ({ name, from }) => ({
    path: `tun-${client.version}-${platform.name}/${name}`,
    bytes: await Deno.readFile(new URL(name, from)),
    isExecutable: from === folder,
  })));
  return await gzip(tar(members));
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

try {
  await build(orderOf(Deno.args));
} catch (error) {
  if (!(error instanceof BuildError || error instanceof CommandError)) throw error;
  Deno.stderr.writeSync(new TextEncoder().encode(`build: ${error.message}\n`));
  Deno.exit(error instanceof BuildError ? 2 : 1);
}
