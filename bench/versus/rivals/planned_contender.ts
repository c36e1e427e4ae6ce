/**
 * Makes a contender of a plan: which programs run where, and how visitors reach them. Starting,
 * waiting and stopping is the same for all.
 *
 * @module
 */

import { type Contender, LOOPBACK, type Place, type Running } from "../contender.ts";
import { type Entrance, untilAnswered } from "./answered.ts";
import { freePort, type Ground, type Plan, type PlannedProgram } from "./ground.ts";
import { Program } from "./program.ts";

/** What an adapter says of its contender. */
export interface Adapter extends Omit<Contender, "start"> {
  /** Writes the configuration, and says what to start. */
  plan(ground: Ground): Promise<Plan> | Plan;
}

/** From the client's start to the first answer; the slowest rivals need a second. */
const ANSWER_MS = 20_000;

/** Gives an adapter the way to start that all have. */
export function plannedContender({ plan, ...rest }: Adapter): Contender {
  return {
    ...rest,
    start: async ({ app, leg = LOOPBACK }) => {
      await using undo = new AsyncDisposableStack();
      const scratch = undo.adopt(
        await Deno.makeTempDir({ prefix: "tun-versus-" }),
        (path) => Deno.remove(path, { recursive: true }),
      );
      const { servers, clients, address, host } = await plan({
        app,
        leg,
        scratch,
        freePort,
      });
      const programs: Program[] = [];
      const start = async (role: "server" | "client", place: Place, planned: PlannedProgram) => {
        const program = undo.use(
          await startProgram(role, place, planned, `${scratch}/${programs.length}.log`),
        );
        programs.push(program);
        await program.listening(planned.listens ?? []);
      };
      for (const server of servers) await start("server", leg.server, server);
      const startedAt = performance.now();
      for (const client of clients) await start("client", leg.client, client);
      await firstAnswer({ address, host }, leg.server.prefix, programs);
      const connectMs = clients.length === 0 ? 0 : performance.now() - startedAt;
      return new RunningPlan(address, host, programs, connectMs, undo.move());
    },
  };
}

class RunningPlan implements Running {
  readonly address: Deno.NetAddr;
  readonly host: string;
  readonly processes: readonly Program[];
  readonly connectMs: number;
  readonly #undo: AsyncDisposableStack;

  constructor(
    address: Deno.NetAddr,
    host: string,
    processes: readonly Program[],
    connectMs: number,
    undo: AsyncDisposableStack,
  ) {
    this.address = address;
    this.host = host;
    this.processes = processes;
    this.connectMs = connectMs;
    this.#undo = undo;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}

async function startProgram(
  role: "server" | "client",
  { prefix }: Place,
  { command, environment = {} }: PlannedProgram,
  log: string,
): Promise<Program> {
  const words = typeof command === "function" ? await command() : command;
  return Program.start({ role, prefix, command: words, environment }, log);
}

/** Waits for the first answer; a program that ends meanwhile, or too long a wait, is an error. */
async function firstAnswer(
  entrance: Entrance,
  prefix: readonly string[],
  programs: readonly Program[],
): Promise<void> {
  const stop = new AbortController();
  for (const program of programs) {
    program.ended.then((status) =>
      stop.abort(new Error(`It ended with ${status.code}: ${program.lastWords()}`))
    );
  }
  const late = setTimeout(() => {
    const words = programs.map((program) => program.lastWords()).join("\n");
    stop.abort(new Error(`No answer through it: ${words}`));
  }, ANSWER_MS);
  try {
    if (prefix.length === 0) await untilAnswered(entrance, stop.signal);
    else await answeredElsewhere(entrance, prefix, stop.signal);
  } finally {
    clearTimeout(late);
  }
  stop.signal.throwIfAborted();
}

/** Asks from another network: by a program that runs there. */
async function answeredElsewhere(
  { address, host }: Entrance,
  prefix: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const script = new URL("./answered.ts", import.meta.url).pathname;
  const [program = "", ...args] = [
    ...[...prefix, Deno.execPath(), "run", "--quiet", "--allow-net", script],
    ...[address.hostname, String(address.port), host],
  ];
  const { success } = await new Deno.Command(program, { args, signal, stderr: "inherit" }).output();
  if (!success && !signal.aborted) throw new Error(`Cannot ask from there: ${prefix.join(" ")}`);
}
