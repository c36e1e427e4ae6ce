import { assertEquals, assertMatch } from "@std/assert";

const DEMO = new URL("demo.ts", import.meta.url).pathname;

/** The demo as a person runs it, up to its URL. */
async function startDemo(): Promise<{
  readonly child: Deno.ChildProcess;
  readonly said: () => string;
  readonly until: (mark: RegExp) => Promise<RegExpExecArray>;
}> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", DEMO],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let said = "";
  const pieces = child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  const until = async (mark: RegExp) => {
    for (;;) {
      const found = mark.exec(said);
      if (found !== null) return found;
      const { done, value } = await pieces.next();
      if (done) throw new Error(`The demo ended: ${said}`);
      said += value;
    }
  };
  await until(/Ctrl-C/);
  return { child, said: () => said, until };
}

/** What a visitor of the demo's URL gets, as text. */
async function visit(port: number): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = "GET /todos HTTP/1.1\r\nHost: demo.localhost\r\nConnection: close\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  let answer = "";
  for await (const piece of connection.readable.pipeThrough(new TextDecoderStream())) {
    answer += piece;
  }
  return answer;
}

Deno.test("demo prints a URL that works, also where its ports are taken, and stops at Ctrl-C", async () => {
  const first = await startDemo();
  // The first one has the ports now, if nobody else had.
  const second = await startDemo();
  assertMatch(second.said(), /Port 8080 is taken/);
  for (const { child, until } of [second, first]) {
    const [, port] = await until(/http:\/\/demo\.localhost:(\d+)/);
    assertMatch(await visit(Number(port)), /^HTTP\/1\.1 200 OK\r\n/);
    await until(/^GET \/todos 200 /m);
    child.kill("SIGINT");
    // As with `deno task`, which passes on what the terminal has sent already.
    child.kill("SIGINT");
    await until(/^Stopped$/m);
    assertEquals((await child.status).code, 0);
    await child.stdout.cancel().catch(() => {});
  }
});
