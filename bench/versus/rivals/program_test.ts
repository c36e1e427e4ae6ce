import { assertEquals, assertRejects } from "@std/assert";
import { descendantsOf, isRunning } from "./kernel.ts";
import { pause, Program } from "./program.ts";

const LISTENER = `Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]) }, () =>
  new Response("hello"))`;

/** What is asked of the kernel is there on Linux alone. */
const ignore = Deno.build.os !== "linux";

async function withLog(work: (log: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(`${folder}/log`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function start(log: string, ...command: string[]): Program {
  return Program.start({ role: "server", prefix: [], command }, log);
}

async function untilItHasChildren(program: Program): Promise<readonly number[]> {
  for (;;) {
    const children = descendantsOf(program.pid);
    if (children.length > 0) return children;
    await pause();
  }
}

Deno.test("Program is gone with its children when it is disposed", { ignore }, async () => {
  await withLog(async (log) => {
    let family: readonly number[];
    {
      await using program = start(log, "sh", "-c", "sleep 60 & wait");
      family = [program.pid, ...await untilItHasChildren(program)];
      assertEquals(family.map(isRunning), [true, true]);
    }
    assertEquals(family.map(isRunning), [false, false]);
  });
});

Deno.test("Program has the process id of the command itself", async () => {
  await withLog(async (log) => {
    await using program = Program.start(
      { role: "client", prefix: ["env", "PLACE=there"], command: ["sh", "-c", "echo $$ $PLACE"] },
      log,
    );
    await program.ended;
    assertEquals(program.lastWords(), `${program.pid} there`);
  });
});

Deno.test("Program waits until its port is open", { ignore }, async () => {
  await withLog(async (log) => {
    const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = free.addr;
    free.close();
    const script = `${log}.ts`;
    await Deno.writeTextFile(script, LISTENER);
    await using program = start(
      log,
      ...[Deno.execPath(), "run", "--no-config", "--allow-net", script, String(port)],
    );
    await program.listening([port]);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assertEquals(await response.text(), "hello");
  });
});

Deno.test("Program that ends instead of listening says its last words", async () => {
  await withLog(async (log) => {
    await using program = start(log, "sh", "-c", "echo wrong configuration >&2; exit 3");
    await assertRejects(
      () => program.listening([1]),
      Error,
      "It ended with 3: wrong configuration",
    );
  });
});
