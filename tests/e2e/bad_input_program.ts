/**
 * The command lines of both programs, run from source as processes of their own.
 *
 * @module
 */

import { EventLog } from "../support/event_log.ts";

/** A program that does not end by then has hung. */
const HANG_MS = 20_000;

/** One of the two. */
export type ProgramName = "tun" | "tun-server";

const ENTRY: Readonly<Record<ProgramName, string>> = {
  tun: new URL("../../client/main.ts", import.meta.url).pathname,
  "tun-server": new URL("../../server/main.ts", import.meta.url).pathname,
};

/** How a program ended, and what it said. */
export interface ProgramEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Variables that would change what a test means. */
function cleanEnvironment(home: string): Record<string, string> {
  const env = Object.fromEntries(
    Object.entries(Deno.env.toObject())
      .filter(([name]) => !/^(TUN_|.*_proxy$|XDG_)/i.test(name)),
  );
  const cache = env.DENO_DIR ?? (env.HOME === undefined ? undefined : `${env.HOME}/.cache/deno`);
  return { ...env, ...(cache === undefined ? {} : { DENO_DIR: cache }), HOME: home, NO_COLOR: "1" };
}

/** A program that runs. */
export class Program implements AsyncDisposable {
  /** Lines of both outputs, as they came. */
  readonly lines: EventLog<string> = new EventLog();
  /** How it ended. */
  readonly end: Promise<ProgramEnd>;
  readonly #child: Deno.ChildProcess;
  readonly #home: string;

  /** Starts it in a directory with these files only, which is its home as well. */
  constructor(
    name: ProgramName,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    files: Readonly<Record<string, string>> = {},
  ) {
    this.#home = Deno.makeTempDirSync({ prefix: "tun-program-" });
    for (const [path, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${this.#home}/${path}`, text);
    }
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", ENTRY[name], ...args],
      cwd: this.#home,
      clearEnv: true,
      env: { ...cleanEnvironment(this.#home), ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.end = this.#wait();
  }

  /** The directory it runs in. */
  get directory(): string {
    return this.#home;
  }

  /** Asks it to stop. */
  stop(): void {
    this.#child.kill("SIGTERM");
  }

  async #wait(): Promise<ProgramEnd> {
    const hang = setTimeout(() => this.#child.kill("SIGKILL"), HANG_MS);
    const [out, err, { code }] = await Promise.all([
      this.#read(this.#child.stdout),
      this.#read(this.#child.stderr),
      this.#child.status,
    ]);
    clearTimeout(hang);
    return { code, out, err };
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
    let text = "";
    let seen = 0;
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (let end = text.indexOf("\n", seen); end !== -1; end = text.indexOf("\n", seen)) {
        this.lines.add(text.slice(seen, end));
        seen = end + 1;
      }
    }
    return text;
  }

  /** Kills what still runs, and removes its directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.end;
    await Deno.remove(this.#home, { recursive: true });
  }
}

/** Runs a program to its end; gives the files that it left as well. */
export async function runProgram(
  name: ProgramName,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<ProgramEnd & { readonly files: readonly string[] }> {
  await using program = new Program(name, args, env, files);
  const end = await program.end;
  const left: string[] = [];
  for await (const { name } of Deno.readDir(program.directory)) {
    if (!(name in files)) left.push(name);
  }
  return { ...end, files: left };
}
