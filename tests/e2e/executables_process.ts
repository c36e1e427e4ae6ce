/**
 * The compiled programs, each run with a home, a working directory and a place for temporary files
 * that nobody else uses.
 *
 * @module
 */

import { TextLineStream } from "./executables_lines.ts";

/** A program that says nothing for that long has hung. */
const HANG_MS = 30_000;

/**
 * Where the executables are: `TUN_BIN_DIR`, or `dist/` if `deno task build` has been run. Nothing
 * if neither is so; with `TUN_BIN_DIR` set, there is always an answer, and tests run or fail.
 */
export function executablesDirectory(): string | undefined {
  const told = Deno.env.get("TUN_BIN_DIR");
  if (told !== undefined) return told;
  const built = new URL("../../dist/", import.meta.url).pathname;
  try {
    Deno.statSync(`${built}tun`);
    Deno.statSync(`${built}tun-server`);
    return built;
  } catch {
    return undefined;
  }
}

/** What a program left when it ended. */
export interface ProgramEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Directories to run programs in. */
export class Playground implements AsyncDisposable {
  readonly root: string = Deno.makeTempDirSync({ prefix: "tun-executables-" });
  readonly home: string = this.#folder("home");
  readonly cwd: string = this.#folder("cwd");
  readonly temporary: string = this.#folder("tmp");
  /** Variables that programs get beside `HOME` and `TMPDIR`. */
  env: Readonly<Record<string, string>> = {};
  /** For the server's `--state`; not made, the server does that. */
  readonly state: string = `${this.root}/state`;
  readonly #running: RunningProgram[] = [];

  /** Starts a program. */
  start(name: "tun" | "tun-server", ...args: string[]): RunningProgram {
    const program = new RunningProgram(`${executablesDirectory()}/${name}`, args, this);
    this.#running.push(program);
    return program;
  }

  /** Runs a program to its end. */
  async run(name: "tun" | "tun-server", args: readonly string[], stdin = ""): Promise<ProgramEnd> {
    const program = this.start(name, ...args);
    await program.say(stdin);
    return await program.end();
  }

  /** Starts a server on free ports and waits until it listens. */
  async startServer(...args: string[]): Promise<RunningServer> {
    const ports = ["http", "tunnel", "admin"].flatMap((name) => [`--${name}`, "127.0.0.1:0"]);
    const program = this.start("tun-server", ...ports, "--state", this.state, ...args);
    for (;;) {
      const event = await program.event();
      if (event.event !== "listening") continue;
      return { program, endpoint: `http://${event.http}`, port: Number(/\d+$/.exec(event.http!)) };
    }
  }

  /** Every file there is now, from the root. */
  async files(): Promise<string[]> {
    const files: string[] = [];
    const visit = async (folder: string): Promise<void> => {
      for await (const { name, isDirectory } of Deno.readDir(folder)) {
        if (isDirectory) await visit(`${folder}/${name}`);
        else files.push(`${folder}/${name}`.slice(this.root.length + 1));
      }
    };
    await visit(this.root);
    return files.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#running.reverse()) await program[Symbol.asyncDispose]();
    await Deno.remove(this.root, { recursive: true });
  }

  #folder(name: string): string {
    Deno.mkdirSync(`${this.root}/${name}`);
    return `${this.root}/${name}`;
  }
}

/** A server that listens. */
export interface RunningServer {
  readonly program: RunningProgram;
  readonly endpoint: string;
  readonly port: number;
}

/** A program that runs. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #err: Promise<string>;
  readonly #hang: ReturnType<typeof setTimeout>;
  #out = "";

  constructor(path: string, args: readonly string[], { cwd, env, home, temporary }: Playground) {
    this.#child = new Deno.Command(path, {
      args: [...args],
      cwd,
      clearEnv: true,
      env: { HOME: home, TMPDIR: temporary, ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
    this.#err = new Response(this.#child.stderr).text();
    this.#hang = setTimeout(() => this.#child.kill("SIGKILL"), HANG_MS);
  }

  /** Its standard input, whole. */
  async say(text: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    // It may have ended without reading.
    await writer.write(new TextEncoder().encode(text)).then(() => writer.close()).catch(() => {});
  }

  /** The next line of its standard output, which is a JSON object. */
  async event(): Promise<Record<string, string>> {
    const { value } = await this.#lines.read();
    if (value === undefined) throw new Error(`It ended: ${JSON.stringify(await this.end())}`);
    this.#out += value + "\n";
    return JSON.parse(value);
  }

  /** The next event of a kind. */
  async eventOf(kind: string): Promise<Record<string, string>> {
    for (;;) {
      const event = await this.event();
      if (event.event === kind) return event;
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async end(): Promise<ProgramEnd> {
    for (;;) {
      const { value } = await this.#lines.read();
      if (value === undefined) break;
      this.#out += value + "\n";
    }
    const { code } = await this.#child.status;
    clearTimeout(this.#hang);
    return { code, out: this.#out, err: await this.#err };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.end();
    // It was closed if something was said.
    await this.#child.stdin.close().catch(() => {});
  }
}
