/**
 * What people get wrong: one clear line, the right exit code, nothing half-started.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { SignJWT } from "jose";
import { bootServer } from "../support/tunnel_boot.ts";
import { Program, type ProgramEnd, runProgram } from "./bad_input_program.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

/** One line, on standard error, and nothing else. */
function assertOneLine({ code, out, err }: ProgramEnd, wanted: number, line: RegExp): void {
  assertMatch(err, line);
  assertEquals(err.trimEnd().split("\n").length, 1, err);
  assertEquals(out, "");
  assertEquals(code, wanted);
}

interface Misuse {
  readonly name: string;
  readonly program: "tun" | "tun-server";
  readonly args: readonly string[];
  readonly says: RegExp;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

const MISUSES: readonly Misuse[] = [
  {
    name: "an unknown flag",
    program: "tun",
    args: ["--bogus"],
    says: /^tun: unknown flag --bogus/,
  },
  {
    name: "an unknown subcommand",
    program: "tun",
    args: ["htttp", "3000"],
    says: /^tun: unknown subcommand "htttp": did you mean http\?/,
  },
  {
    name: "a port out of range",
    program: "tun",
    args: ["99999"],
    says: /"99999": expected a port from 1 to 65535/,
  },
  {
    name: "a command for later",
    program: "tun",
    args: ["doctor"],
    says: /^tun: tun doctor: not in this version/,
  },
  {
    name: "a name that is no label",
    program: "tun",
    args: ["-s", "a--b--"],
    says: /^tun: -s "a--b--": expected 1 to 63 letters/,
  },
  { name: "no target for tcp", program: "tun", args: ["tcp"], says: /^tun: .*target/ },
  {
    name: "a config file that is not there",
    program: "tun",
    args: ["start", "--config", "none.toml"],
    says: /^tun: --config: cannot read none\.toml: there is no such file/,
  },
  {
    name: "an unknown key in a config file, by line",
    program: "tun",
    args: ["start", "--config", "tun.toml"],
    files: { "tun.toml": "[tunnels.a]\ntarget = 3000\nbogus = 1\n" },
    says: /^tun: tun\.toml:3: tunnels\.a\.bogus: unknown key/,
  },
  {
    name: "a wrong value in a config file, by line and key",
    program: "tun",
    args: ["start", "--config", "tun.toml"],
    files: { "tun.toml": "# x\n[tunnels.a]\n\ntarget = 99999\n" },
    says: /^tun: tun\.toml:4: tunnels\.a\.target/,
  },
  {
    name: "a config file that is no TOML, by line",
    program: "tun",
    args: ["start", "--config", "tun.toml"],
    files: { "tun.toml": "endpoint = 'x'\n[tunnels.a\n" },
    says: /^tun: tun\.toml:2: not valid TOML/,
  },
  {
    name: "a variable",
    program: "tun",
    args: ["3000"],
    env: { TUN_ENDPOINT: "ftp://x" },
    says: /^tun: TUN_ENDPOINT/,
  },
  {
    name: "an unknown flag",
    program: "tun-server",
    args: ["--bogus"],
    says: /^tun-server: unknown flag --bogus/,
  },
  {
    name: "an unknown subcommand",
    program: "tun-server",
    args: ["tokne"],
    says: /^tun-server: unknown word "tokne": did you mean token\?/,
  },
  {
    name: "a port out of range",
    program: "tun-server",
    args: ["--http", "127.0.0.1:99999"],
    says: /^tun-server: --http: expected a port from 0 to 65535, got "127\.0\.0\.1:99999"/,
  },
  {
    name: "a certificate that is not there",
    program: "tun-server",
    args: ["--tls-cert", "no.pem", "--tls-key", "no.pem"],
    says: /^tun-server: --tls-cert: cannot read no\.pem: there is no such file/,
  },
  {
    name: "a state directory that cannot be made",
    program: "tun-server",
    args: ["--state", "file/state"],
    files: { file: "not a directory" },
    says: /^tun-server: --state file\/state: the directory cannot be made/,
  },
];

for (const { name, program, args, says, env, files } of MISUSES) {
  Deno.test(`${program} refuses ${name}`, async () => {
    const end = await runProgram(program, args, env, files);
    assertOneLine(end, 2, says);
    assertEquals(end.files, [], "nothing is left behind");
  });
}

Deno.test("tun-server names the address that is in use, and starts nothing", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const busy = `127.0.0.1:${taken.addr.port}`;
  for (const flag of ["--http", "--tunnel", "--admin"]) {
    const free = ["--http", "--tunnel", "--admin"].filter((other) => other !== flag)
      .flatMap((other) => [other, "127.0.0.1:0"]);
    const end = await runProgram("tun-server", [flag, busy, ...free]);
    assertOneLine(end, 2, new RegExp(`^tun-server: ${flag} ${busy}: the port is in use`));
  }
});

for (
  const [name, says] of [
    ["www", /^tun: .*www.*\(name_refused\)/],
    ["abcdefghjkmn", /^tun: .*abcdefghjkmn.*\(name_refused\)/],
    ["xn--a", /^tun: .*hyphens.*\(name_refused\)/],
  ] as const
) {
  Deno.test(`tun ends with 4 when the name ${name} is refused`, async () => {
    await using server = await bootServer();
    const end = await runProgram("tun", ["3000", "-e", server.endpoint(), "-s", name]);
    assertOneLine(end, 4, says);
    assertEquals(server.server.tunnels, 0);
  });
}

Deno.test("tun ends with 4 when somebody else has the name", async () => {
  await using server = await bootServer();
  await using _owner = await server.connect({ target: 3000, name: "shop" });
  const end = await runProgram("tun", ["3000", "-e", server.endpoint(), "-s", "shop"]);
  assertOneLine(end, 4, /^tun: .*shop.*\(name_taken\)/);
  assertEquals(server.server.tunnels, 1);
});

Deno.test("tun ends with 4 when the public port is refused, and nothing of a config starts", async () => {
  await using server = await bootServer();
  const config =
    `[tunnels.good]\ntarget = 3000\n\n[tunnels.bad]\nkind = "tcp"\ntarget = 3001\nport = 1\n`;
  const files = { "tun.toml": config };
  const args = ["start", "--config", "tun.toml", "-e", server.endpoint()];
  const end = await runProgram("tun", args, {}, files);
  assertMatch(end.err, /port/i);
  assertEquals(end.code, 4);
  assertEquals(server.server.tunnels, 0);
});

Deno.test("tun waits for an endpoint that cannot be reached, and is there when it is", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await using client = new Program("tun", ["3000", "-e", `http://127.0.0.1:${port}`]);
  const line = await client.lines.first((line) => line.includes("cannot reach"));
  assertMatch(line, new RegExp(`cannot reach http://127\\.0\\.0\\.1:${port}: connection refused`));
  await using server = await bootServer({ http: { hostname: "127.0.0.1", port } });
  await client.lines.first((line) => line.startsWith("http://"));
  assertEquals(server.server.tunnels, 1);
  client.stop();
  assertEquals((await client.end).code, 0);
});

for (
  const [name, answer] of [
    ["a web server", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"],
    [
      "a redirect",
      "HTTP/1.1 301 Moved\r\nLocation: https://x.example/\r\nContent-Length: 0\r\n\r\n",
    ],
    ["not HTTP", "SSH-2.0-OpenSSH_9.9\r\n"],
  ] as const
) {
  Deno.test(`tun ends with 5 at an endpoint that is ${name}`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      for await (const conn of listener) {
        await conn.read(new Uint8Array(4096));
        await conn.write(new TextEncoder().encode(answer));
        conn.close();
      }
    })();
    try {
      const endpoint = `http://127.0.0.1:${listener.addr.port}`;
      const end = await runProgram("tun", ["3000", "-e", endpoint]);
      assertOneLine(end, 5, /^tun: .*is not a tun server/);
    } finally {
      listener.close();
      await serving;
    }
  });
}

async function token(expiresIn: number, secret = SECRET): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return await new SignJWT({ names: ["*"] }).setProtectedHeader({ alg: "HS256" }).setSubject("ann")
    .setIssuedAt(now - 7200).setExpirationTime(now + expiresIn)
    .sign(new TextEncoder().encode(secret));
}

for (
  const [name, args] of [
    ["no token", []],
    ["a token that is none", ["-t", "nonsense"]],
    ["a token of another secret", ["-t", await token(60, "x".repeat(32))]],
    ["an expired token", ["-t", await token(-3600)]],
  ] as const
) {
  Deno.test(`tun ends with 3 when it has ${name}`, async () => {
    await using server = await bootServer({ auth: { kind: "jwt", secret: SECRET } });
    const end = await runProgram("tun", ["3000", "-e", server.endpoint(), ...args]);
    assertOneLine(end, 3, /^tun: .*token/i);
    assertEquals(server.server.tunnels, 0);
  });
}

Deno.test("tun gets through with a good token", async () => {
  await using server = await bootServer({ auth: { kind: "jwt", secret: SECRET } });
  const args = ["3000", "-e", server.endpoint(), "-t", await token(60), "-s", "shop", "--json"];
  await using client = new Program("tun", args);
  const line = await client.lines.first((line) => line.includes('"ready"'));
  assertEquals(JSON.parse(line).name, "shop");
  client.stop();
  assertEquals((await client.end).code, 0);
});
