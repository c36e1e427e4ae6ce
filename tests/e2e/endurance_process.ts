/**
 * Both programs as real processes, for what only a process can show: memory, signals, exit codes.
 *
 * @module
 */

import { EventLog } from "../support/event_log.ts";

/** A line of JSON that a program has printed. */
export type PrintedEvent = Readonly<Record<string, unknown>> & { readonly event: string };

/** Memory of a process, in bytes. */
export interface ProcessMemory {
  /** What is resident now. */
  readonly resident: number;
  /** The most that ever was. */
  readonly peak: number;
}

const ROOT = new URL("../../", import.meta.url);

/** One program. */
export class ProgramProcess implements AsyncDisposable {
  /** What it printed. */
  readonly events: EventLog<PrintedEvent> = new EventLog();
  /** What it complained about. */
  errors = "";
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #readings: Promise<void>[];

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.status = child.status;
    this.#readings = [
      readLines(child.stdout, (line) => this.events.add(JSON.parse(line))),
      readLines(child.stderr, (line) => this.errors += `${line}\n`),
    ];
  }

  /** Starts `main` with `args`, with all permissions unless `flags` say otherwise. */
  static start(
    main: string,
    args: readonly string[],
    env: Record<string, string> = {},
    flags: readonly string[] = ["-A"],
  ): ProgramProcess {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, new URL(main, ROOT).href, ...args],
      cwd: ROOT,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    return new ProgramProcess(command.spawn());
  }

  /** The process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Waits for an event, one that was or one to come. */
  async event(name: string, start = 0): Promise<PrintedEvent> {
    return await Promise.race([
      this.events.first(({ event }) => event === name, start),
      this.status.then(async ({ code }): Promise<PrintedEvent> => {
        await Promise.all(this.#readings);
        const late = this.events.all.slice(start).find(({ event }) => event === name);
        if (late !== undefined) return late;
        throw new Error(`It has ended with ${code} before "${name}": ${this.errors}`);
      }),
    ]);
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** What it takes up; Linux only. */
  memory(): ProcessMemory {
    const text = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    const of = (name: string) =>
      1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]);
    return { resident: of("VmRSS"), peak: of("VmHWM") };
  }

  /** Ends it at once, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.status;
    await Promise.all(this.#readings);
  }
}

/** Where a server's process listens. */
export interface ServerPorts {
  readonly http: number;
  readonly tunnel: number;
  readonly admin: number;
}

/** A server as a process. */
export class ServerProcess implements AsyncDisposable {
  /** Where it listens; the same after a restart. */
  readonly ports: ServerPorts;
  /** The program. */
  program: ProgramProcess;
  /** Its state directory. */
  readonly state: string;
  readonly #flags: readonly string[];

  private constructor(
    program: ProgramProcess,
    ports: ServerPorts,
    state: string,
    flags: readonly string[],
  ) {
    this.program = program;
    this.ports = ports;
    this.state = state;
    this.#flags = flags;
  }

  /** Starts it and waits until it listens. */
  static async start(...flags: string[]): Promise<ServerProcess> {
    const state = await Deno.makeTempDir({ prefix: "tun-test-" });
    const program = runServer({ http: 0, tunnel: 0, admin: 0 }, state, flags);
    const listening = await program.event("listening");
    const ports = {
      http: portOf(listening.http),
      tunnel: portOf(listening.tunnel),
      admin: portOf(listening.admin),
    };
    return new ServerProcess(program, ports, state, flags);
  }

  /** Starts it again, once it has ended, with the same ports and state. */
  async again(): Promise<void> {
    await this.program.status;
    await this.program[Symbol.asyncDispose]();
    this.program = runServer(this.ports, this.state, this.#flags);
    await this.program.event("listening");
  }

  /** What the admin side says of the tunnels. */
  async tunnels(): Promise<readonly TunnelView[]> {
    const response = await fetch(`http://127.0.0.1:${this.ports.admin}/tunnels`);
    return await response.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await Deno.remove(this.state, { recursive: true });
  }
}

/** A tunnel as the admin side shows it; more is there than named here. */
export interface TunnelView {
  readonly name: string;
  readonly state: string;
  readonly streams: number;
  readonly requests: number;
  readonly resumes: number;
}

/** How a client's process is started. */
export interface ClientProcessOptions {
  /** Where its server, or a relay before it, is. */
  readonly port: number;
  /** Where the app is. */
  readonly target: number;
  /** Its configuration directory: who shares it is the same owner. */
  readonly config: string;
  readonly flags?: readonly string[];
}

/** Starts a client; `await client.event("ready")` waits until its tunnel is up. */
export function startClient(
  { port, target, config, flags = [] }: ClientProcessOptions,
): ProgramProcess {
  const args = [String(target), "--json", "-e", `http://127.0.0.1:${port}`, ...flags];
  return ProgramProcess.start("client/main.ts", args, { XDG_CONFIG_HOME: config });
}

function runServer(
  ports: ServerPorts,
  state: string,
  flags: readonly string[],
): ProgramProcess {
  const listen = Object.entries(ports).flatMap((
    [name, port],
  ) => [`--${name}`, `127.0.0.1:${port}`]);
  return ProgramProcess.start("server/main.ts", [
    ...listen,
    ...["--no-auth", "--log", "json", "--state", state],
    ...flags,
  ]);
}

function portOf(address: unknown): number {
  return Number(String(address).split(":").at(-1));
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line !== "") onLine(line);
  }
}
