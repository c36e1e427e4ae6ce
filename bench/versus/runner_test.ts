import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Contender, LOOPBACK, type Running } from "./contender.ts";
import type { LineProgram } from "./process/line_program.ts";
import { runGroup } from "./runner.ts";
import type { Stage, Workload } from "./workload.ts";

const ADDRESS: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

/** What happened to contenders, in order. */
type Diary = string[];

function contender(name: string, diary: Diary): Contender {
  return {
    name,
    family: "raw",
    settings: "",
    availability: () => Promise.resolve({ version: "1" }),
    start: () => {
      diary.push(`start ${name}`);
      const running: Running = {
        address: ADDRESS,
        host: name,
        processes: [],
        connectMs: 0,
        [Symbol.asyncDispose]: () => {
          diary.push(`stop ${name}`);
          return Promise.resolve();
        },
      };
      return Promise.resolve(running);
    },
  };
}

function workload(diary: Diary, options: Partial<Workload> = {}): Workload {
  return {
    name: "work",
    title: "Work",
    group: "work",
    method: "",
    figures: [{ name: "ms", title: "ms", better: "less" }],
    warmUp: ({ host }) => {
      diary.push(`warm ${host}`);
      return Promise.resolve();
    },
    run: ({ host }) => {
      diary.push(`run ${host}`);
      return Promise.resolve({ ms: 1 });
    },
    ...options,
  };
}

function stage(diary: Diary, signal = new AbortController().signal): Stage {
  const program = {
    restart: () => {
      diary.push("restart load");
      return Promise.resolve();
    },
  } as unknown as LineProgram;
  return {
    app: ADDRESS,
    appPid: -1,
    generator: program,
    background: program,
    scale: { seconds: 1, warmUpSeconds: 1, amount: 1 },
    leg: LOOPBACK,
    signal,
  };
}

Deno.test("runGroup has one contender at a time, which starts and warms up for its turn", async () => {
  const diary: Diary = [];
  const [result] = await runGroup({
    contenders: [contender("a", diary), contender("b", diary)],
    workloads: [workload(diary)],
    stage: stage(diary),
    rounds: 3,
    seed: 1,
  });
  const turns = diary.join(", ").match(/start (.), warm \1, run \1, stop \1/g);
  assertEquals(turns?.length, 6);
  assertEquals(diary.length, 6 * 4);
  assertEquals(result!.results.map(({ samples }) => samples.length), [3, 3]);
});

Deno.test("runGroup does all workloads in a turn, and tells after it what it has found", async () => {
  const diary: Diary = [];
  const found: number[] = [];
  await runGroup({
    contenders: [contender("a", diary), contender("b", diary)],
    workloads: [workload(diary, { name: "one" }), workload(diary, { name: "two" })],
    stage: stage(diary),
    rounds: 1,
    seed: 1,
    onProgress: (soFar) => {
      found.push(soFar.flatMap(({ results }) => results).flatMap(({ samples }) => samples).length);
      return Promise.resolve();
    },
  });
  assertEquals(diary.filter((line) => line.startsWith("warm")).length, 2);
  assertEquals(found, [2, 4]);
});

Deno.test("runGroup lets contenders take turns, not always in the same order", async () => {
  const diary: Diary = [];
  const names = ["a", "b", "c", "d"];
  await runGroup({
    contenders: names.map((name) => contender(name, diary)),
    workloads: [workload(diary)],
    stage: stage(diary),
    rounds: 5,
    seed: 1,
  });
  const order = diary.filter((line) => line.startsWith("run")).map((line) => line.slice(4));
  const rounds = Array.from({ length: 5 }, (_, i) => order.slice(4 * i, 4 * i + 4));
  for (const round of rounds) assertEquals(round.toSorted(), names);
  assert(new Set(rounds.map((round) => round.join())).size > 1);
});

Deno.test("runGroup goes on after a failure, with a new start and a new load", async () => {
  const diary: Diary = [];
  let runs = 0;
  const [result] = await runGroup({
    contenders: [contender("a", diary)],
    workloads: [workload(diary, {
      run: () => {
        if (++runs === 1) return Promise.reject(new Error("\x1b[31mit\n broke\x1b[0m"));
        return Promise.resolve({ ms: 1 });
      },
    })],
    stage: stage(diary),
    rounds: 2,
    seed: 1,
  });
  assertEquals(result!.results[0]!.problem, "it broke");
  assertEquals(result!.results[0]!.samples.length, 1);
  assertEquals(diary.filter((line) => line === "start a").length, 2);
  assertEquals(diary.filter((line) => line === "restart load").length, 2);
});

Deno.test("runGroup tries once to start who cannot start", async () => {
  const diary: Diary = [];
  const broken = {
    ...contender("a", diary),
    start: () => {
      diary.push("start a");
      return Promise.reject(new Error("no port"));
    },
  };
  const [result] = await runGroup({
    contenders: [broken, contender("b", diary)],
    workloads: [workload(diary)],
    stage: stage(diary),
    rounds: 3,
    seed: 1,
  });
  assertEquals(result!.results[0]!.problem, "no port");
  assertEquals(diary.filter((line) => line === "start a").length, 1);
  assertEquals(diary.filter((line) => line === "run b").length, 3);
});

Deno.test("runGroup leaves out who cannot take part, and says why", async () => {
  const diary: Diary = [];
  const [result] = await runGroup({
    contenders: [contender("a", diary)],
    workloads: [workload(diary, { excludes: () => "no client" })],
    stage: stage(diary),
    rounds: 1,
    seed: 1,
  });
  assertEquals(result!.results, [{ contender: "a", samples: [], problem: "no client" }]);
  assertEquals(diary, []);
});

Deno.test("runGroup stops everybody when the user wants no more", async () => {
  const diary: Diary = [];
  const stop = new AbortController();
  await assertRejects(
    () =>
      runGroup({
        contenders: [contender("a", diary)],
        workloads: [workload(diary, {
          run: () => {
            stop.abort(new Error("enough"));
            return new Promise(() => {});
          },
        })],
        stage: stage(diary, stop.signal),
        rounds: 2,
        seed: 1,
      }),
    Error,
    "enough",
  );
  assertEquals(diary.filter((line) => /start|stop/.test(line)), ["start a", "stop a"]);
});
