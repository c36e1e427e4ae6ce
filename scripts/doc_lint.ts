/**
 * Runs `deno doc --lint` on the doors of the three packages. That command
 * ignores the `links` of deno.json, so it is given a configuration of its own
 * in which every name of a linked package or a workspace member stands for a
 * file of this repository.
 *
 * @module
 */

/** The parts of a package's deno.json that are read here. */
interface Package {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
}

const ROOT = new URL("..", import.meta.url);

async function readJson(path: string, base: URL): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(new URL(path, base)));
}

const config = await readJson("deno.json", ROOT) as {
  readonly workspace: readonly string[];
  readonly links?: readonly string[];
  readonly imports: Readonly<Record<string, string>>;
  readonly compilerOptions: unknown;
};

const imports: Record<string, string> = { ...config.imports };
const doors: string[] = [];
for (const folder of [...config.workspace, ...config.links ?? []]) {
  const base = new URL(`${folder}/`, ROOT);
  const { name, exports } = await readJson("deno.json", base) as Package;
  for (const [door, file] of Object.entries(exports)) {
    const url = new URL(file, base).href;
    imports[name + door.slice(1)] = url;
    if (config.workspace.includes(folder)) doors.push(url);
  }
}

const folder = await Deno.makeTempDir({ prefix: "tun-doc-lint-" });
try {
  const path = `${folder}/deno.json`;
  await Deno.writeTextFile(
    path,
    JSON.stringify({ imports, compilerOptions: config.compilerOptions, lock: false }),
  );
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--quiet", "--lint", "--config", path, ...doors],
    stdin: "null",
  }).spawn().status;
  Deno.exitCode = code;
} finally {
  await Deno.remove(folder, { recursive: true });
}
