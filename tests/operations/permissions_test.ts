/**
 * Both programs with the permissions that are baked into the executables, and no others.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { permissionFlags, type Program, PROGRAMS } from "../../scripts/build/programs.ts";
import { ProgramProcess } from "../e2e/endurance_process.ts";

const posix = { ignore: Deno.build.os === "windows" };

const PROGRAM = "tests/operations/permissions_program.ts";

const [TUN, TUN_SERVER] = PROGRAMS as readonly [Program, Program];

function flagsOf(program: Program): string[] {
  return [...permissionFlags(program), ...program.unstable.map((name) => `--unstable-${name}`)];
}

for (const program of PROGRAMS) {
  Deno.test(`${program.name} can start no program, load no code and see no other variable`, async () => {
    await using tried = ProgramProcess.start(PROGRAM, ["--try"], {}, flagsOf(program));
    await tried.status;
    await tried.event("import");
    const outcomes = tried.events.all.map(({ event, outcome }) => [event, outcome]);
    assertEquals(outcomes, [
      ["run", "NotCapable"],
      ["ffi", "NotCapable"],
      ["sys", "NotCapable"],
      ["env", "nothing"],
      ["import", "TypeError"],
    ]);
  });
}

Deno.test(
  "Both programs do their work with their permissions, and tun gives up writing",
  posix,
  async () => {
    await using undo = new AsyncDisposableStack();
    const directory = undo.adopt(
      await Deno.makeTempDir({ prefix: "tun-permissions-" }),
      (path) => Deno.remove(path, { recursive: true }),
    );
    const hello = () => new Response("hello");
    const onListen = () => {};
    const app = undo.use(Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, hello));
    undo.use(Deno.serve({ path: `${directory}/app.sock`, onListen }, hello));
    await Deno.writeTextFile(`${directory}/server.toml`, `no_auth = true\nstate = "state"\n`);
    const listen = ["http", "tunnel", "admin"].flatMap((name) => [`--${name}`, "127.0.0.1:0"]);
    const server = undo.use(
      ProgramProcess.start(
        "server/main.ts",
        [
          ...["--config", `${directory}/server.toml`, "--log", "json"],
          ...listen,
        ],
        {},
        flagsOf(TUN_SERVER),
      ),
    );
    const http = String((await server.event("listening")).http);
    const targets = [
      { target: String(app.addr.port), keepsWriting: false },
      { target: `${directory}/app.sock`, keepsWriting: true },
    ];
    for (const { target, keepsWriting } of targets) {
      const args = [target, "--json", "-e", `http://${http}`, "-s", "app"];
      await using client = ProgramProcess.start(
        PROGRAM,
        args,
        { XDG_CONFIG_HOME: directory },
        flagsOf(TUN),
      );
      await client.event("ready");
      const page = await visit(http, "app.localhost");
      assertEquals(page, "hello");
      server.kill("SIGHUP");
      await server.event("reload_done");
      client.kill("SIGTERM");
      assertEquals((await client.event("left")).write === "granted", keepsWriting);
      assertEquals((await client.status).code, 0);
    }
  },
);

async function visit(address: string, host: string): Promise<string> {
  const [hostname, port] = address.split(":") as [string, string];
  using conn = await Deno.connect({ hostname, port: Number(port) });
  await conn.write(
    new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
  );
  return (await new Response(conn.readable).text()).split("\r\n\r\n")[1] ?? "";
}
