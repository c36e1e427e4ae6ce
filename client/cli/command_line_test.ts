import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Command, ConnectionOptions, TunnelSpec } from "./command.ts";
import { type CommandLineHost, parseCommandLine } from "./command_line.ts";
import { endpointLabel } from "../address/endpoint.ts";
import type { Environment } from "../environment.ts";
import { targetLabel } from "../address/target.ts";
import type { ReadFile } from "./text_file.ts";

const PEM = "-----BEGIN CERTIFICATE-----\n";

function filesOf(files: Record<string, string | null>): ReadFile {
  return (path) => {
    const text = files[path];
    if (typeof text === "string") return { ok: true, text };
    return text === null
      ? { ok: false, found: true, reason: "permission denied" }
      : { ok: false, found: false, reason: "there is no such file" };
  };
}

function split(line: string): string[] {
  return line.split(" ").filter((part) => part !== "");
}

function command(line: string, env: Environment = {}, host: CommandLineHost = {}): Command {
  const result = parseCommandLine(split(line), env, host);
  assert(result.ok, result.ok ? "" : `${line}: ${result.message}`);
  return result.command;
}

function run(
  line: string,
  env: Environment = {},
  host: CommandLineHost = {},
): Command & { kind: "run" } {
  const parsed = command(line, env, host);
  assert(parsed.kind === "run", parsed.kind);
  return parsed;
}

function tunnel(line: string, env: Environment = {}): TunnelSpec {
  return run(line, env).tunnels[0]!;
}

function message(line: string, env: Environment = {}, host: CommandLineHost = {}): string {
  const result = parseCommandLine(split(line), env, host);
  assert(!result.ok, `accepted: ${line}`);
  assertEquals(result.exitCode, 2);
  assertEquals(result.message.includes("\n"), false, "one line");
  return result.message;
}

Deno.test("tun without anything shares port 3000 with the defaults of the contract", () => {
  for (const line of ["", "http", "3000", "http 3000", "-p 3000", "--port=3000 http"]) {
    const { tunnels, connection, output, warnings } = run(line);
    assertEquals(tunnels, [{
      kind: "http",
      target: {
        kind: "address",
        protocol: "http",
        host: "127.0.0.1",
        port: 3000,
        addresses: ["127.0.0.1", "::1"],
      },
      concurrency: 100,
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 25_000,
      insecure: false,
    }]);
    assertEquals(endpointLabel(connection.endpoint), "http://127.0.0.1:8080");
    assertEquals(connection.token, undefined);
    assertEquals(output, { verbose: false, json: false });
    assertEquals(warnings, []);
  }
});

Deno.test("Flags reach the tunnel", () => {
  const spec = tunnel(
    "https://localhost:8443 -s Shop -c 5 --connect-timeout 1.5 --request-timeout 500ms " +
      "--host-header rewrite --insecure",
  );
  assertEquals(spec.subdomain, "shop");
  assertEquals(spec.concurrency, 5);
  assertEquals(spec.connectTimeoutMs, 1500);
  assertEquals(spec.requestTimeoutMs, 500);
  assertEquals(spec.hostHeader, "localhost:8443");
  assertEquals(spec.insecure, true);
  assertEquals(tunnel("3000 --host-header example.com:80").hostHeader, "example.com:80");
  assertEquals(targetLabel(tunnel("--host localhost -p 80").target), "localhost:80");
  assertEquals(targetLabel(tunnel("--host 10.0.0.7").target), "10.0.0.7:3000");
});

Deno.test("tun tcp takes a target and a public port", () => {
  const spec = tunnel("tcp 22 --port 30000");
  assertEquals([spec.kind, targetLabel(spec.target), spec.publicPort], [
    "tcp",
    "127.0.0.1:22",
    30000,
  ]);
  assertEquals(tunnel("tcp db:5432").publicPort, undefined);
  assertEquals(tunnel("-v tcp 22").kind, "tcp");
});

Deno.test("A flag wins over its environment variable", () => {
  const env = {
    TUN_ENDPOINT: "tcp://env.example.com",
    TUN_TOKEN: " env-token\n",
    TUN_NAME: "env",
    TUN_CA: "",
  };
  const host = {};
  assertEquals(run("3000 --allow-plaintext", env, host).connection.token, "env-token");
  assertEquals(tunnel("3000 --allow-plaintext", env).subdomain, "env");
  const both = run("3000 -e https://flag.example.com -t flag-token -s flag", env);
  assertEquals(endpointLabel(both.connection.endpoint), "https://flag.example.com");
  assertEquals(both.connection.token, "flag-token");
  assertEquals(both.tunnels[0]!.subdomain, "flag");
});

Deno.test("TUN_NAME does not concern a TCP tunnel", () => {
  assertEquals(tunnel("tcp 22", { TUN_NAME: "shop" }).subdomain, undefined);
});

Deno.test("--ca brings the certificates along", () => {
  const host = { readFile: filesOf({ "ca.pem": PEM }) };
  assertEquals(run("3000 --ca ca.pem", {}, host).connection.ca, PEM);
  assertEquals(run("3000", { TUN_CA: "ca.pem" }, host).connection.ca, PEM);
});

Deno.test("--insecure without an https target is only worth a warning", () => {
  assertStringIncludes(run("3000 --insecure").warnings[0]!, "--insecure does nothing here");
  assertEquals(run("https://localhost:1 --insecure").warnings, []);
});

Deno.test("Every newcomer's mistake gets one line that says what was expected", () => {
  const cases: [string, string][] = [
    [
      "3000 4000",
      'expected one target, got "3000" and "4000": for several tunnels see `tun start --help`',
    ],
    ["3000 tcp", "the subcommand comes first: tun tcp 3000"],
    ["htpp 3000", 'unknown subcommand "htpp": did you mean http?'],
    ["strat", 'unknown subcommand "strat": did you mean start?'],
    [
      "banana",
      '"banana" is neither a subcommand nor a target: expected 3000, host:port, a URL or a unix socket path',
    ],
    ["localhost", 'target "localhost": it needs a port: localhost:3000'],
    ["70000", 'target "70000": expected a port from 1 to 65535'],
    ["--port", "--port needs a value: --port N"],
    ["--port 0", '--port: expected a whole number from 1 to 65535, got "0"'],
    ["--port 65536", '--port: expected a whole number from 1 to 65535, got "65536"'],
    ["--port http", '--port: expected a whole number from 1 to 65535, got "http"'],
    ["-p 0x50", '-p: expected a whole number from 1 to 65535, got "0x50"'],
    [
      "3000 --port 80",
      '--port 80 beside the target "3000": give one of them, both say what is local',
    ],
    [
      "3000 --host a",
      '--host a beside the target "3000": give one of them, both say what is local',
    ],
    ["tcp", "tun tcp needs a target: such as `tun tcp 22`"],
    [
      "tcp -p 22",
      "tun tcp needs a target: -p is the public port, write `tun tcp 22` for a local one",
    ],
    [
      "tcp 22 -s x",
      "-s is not for `tun tcp`: a TCP tunnel has a public port, not a name: --port N",
    ],
    [
      "tcp 22 --name x",
      "--name is not for `tun tcp`: a TCP tunnel has a public port, not a name: --port N",
    ],
    ["tcp 22 --host x", "--host is not for `tun tcp`: write `tun tcp HOST:PORT`"],
    ["3000 --config x", "--config is not for `tun http`: it is for `tun start`"],
    [
      "start --port 1",
      "--port is not for `tun start`: it belongs into the config file, or to `tun http` and `tun tcp`",
    ],
    ["3000 -s a.b", '-s "a.b": expected one label without dots, the server adds its domain'],
    ["3000 -s -a", "-s needs a value: -s NAME"],
    ["3000 -s a_b", '-s "a_b": expected 1 to 63 letters, digits and inner hyphens'],
    ["3000 -c 0", '-c: expected a whole number from 1 to 10000, got "0"'],
    [
      "3000 --request-timeout 0",
      '--request-timeout: expected seconds above 0, at most 86400 (25, 2.5 or 500ms), got "0"',
    ],
    [
      "3000 --connect-timeout soon",
      '--connect-timeout: expected seconds above 0, at most 86400 (25, 2.5 or 500ms), got "soon"',
    ],
    [
      "3000 --host-header http://x",
      '--host-header "http://x": expected rewrite, or a host with or without a port',
    ],
    [
      "3000 -e htps://x",
      '-e "htps://x": expected https, http, wss, ws, tls or tcp, did you mean https://?',
    ],
    ["3000 --ca nope.pem", "--ca: cannot read nope.pem: there is no such file"],
    ["3000 --json=maybe", '--json: expected true or false, got "maybe"'],
    [
      "3000 -t x -e http://far.example.com",
      "the token would go in clear over http:// to far.example.com: use an encrypted endpoint, or --allow-plaintext if you must",
    ],
    ["login eyJhbGciOi", "tun login takes no words: use --token JWT and --endpoint URL"],
    ["3000 --token=", "--token needs a value: --token JWT"],
    ["doctor", "tun doctor: not in this version"],
    ["3000 --inspect", "--inspect: not in this version"],
    ["3000 --inspect=127.0.0.1:4040", "--inspect: not in this version"],
    ["3000 --no-inspect", "--no-inspect: not in this version"],
    ["3000 --path-routing", "--path-routing: not in this version"],
    ["start", "no config file: expected tun.toml, or --config FILE"],
    ["start --config nope.toml", "--config: cannot read nope.toml: there is no such file"],
    ["start --config tun.yaml", "tun.yaml: expected a TOML file, see `tun start --help`"],
  ];
  for (const [line, expected] of cases) assertEquals(message(line), expected, line);
});

Deno.test("A mistake in the environment is named after its variable", () => {
  assertStringIncludes(message("3000", { TUN_ENDPOINT: "ftp://x" }), 'TUN_ENDPOINT "ftp://x":');
  assertStringIncludes(message("3000", { TUN_NAME: "a b" }), 'TUN_NAME "a b":');
  assertStringIncludes(message("3000", { TUN_CA: "x.pem" }), "TUN_CA: cannot read x.pem");
});

Deno.test("A message never shows a token", () => {
  const lines = [["3000", "-t", "se cret"], ["login", "secret"], ["3000", "-t", "sécret"]];
  for (const args of lines) {
    const result = parseCommandLine(args, {});
    assert(!result.ok);
    assertEquals(/cret/.test(result.message), false, result.message);
  }
});

Deno.test("A message is one line and moves no cursor, whatever was typed", () => {
  for (const hostile of ["--a\nb", "a\x1b[2Jb:1", "-\u009b", "\r\n3000", "http\u0007:1"]) {
    const result = parseCommandLine([hostile], {});
    if (!result.ok) assertEquals(/\p{Cc}/u.test(result.message), false, result.message);
  }
});

Deno.test("Help and version win over whatever else is wrong", () => {
  for (const line of ["--help", "-h", "help", "htpp --help", "--bogus -h", "-vh"]) {
    const parsed = command(line);
    assert(parsed.kind === "help", line);
    assertStringIncludes(parsed.text, "tun start");
  }
  for (const line of ["tcp --help", "help tcp", "--help tcp"]) {
    const parsed = command(line);
    assert(parsed.kind === "help", line);
    assertStringIncludes(parsed.text, "tun tcp: share a local TCP service");
  }
  for (const line of ["--version", "-V", "version", "3000 --version"]) {
    assertEquals(command(line), { kind: "version" }, line);
  }
  assertEquals(parseCommandLine(["--", "--help"], {}).ok, false);
});

Deno.test("tun login keeps to endpoint and token", () => {
  const parsed = command("login -e tun.example.com -t abc.def.ghi");
  assert(parsed.kind === "login");
  assertEquals(endpointLabel(parsed.connection.endpoint), "https://tun.example.com");
  assertEquals(parsed.connection.token, "abc.def.ghi");
  assertEquals(message("login --json"), "--json is not for `tun login`: see its --help");
});

const CONFIG = `
endpoint = "https://file.example.com"
token_file = "token"
ca = "ca.pem"
request_timeout = 5

[tunnels.web]
target = 3000
concurrency = 3

[tunnels.ssh]
kind = "tcp"
target = 22
`;

function start(line: string, env: Environment = {}): Command & { kind: "run" } {
  const files = { "/etc/t/tun.toml": CONFIG, "/etc/t/token": "file-token\n", "/etc/t/ca.pem": PEM };
  return run(`start ${line}`, env, { readFile: filesOf(files), configDirectory: "/etc/t" });
}

Deno.test("tun start reads the file from the config directory, and paths beside it", () => {
  const { tunnels, connection } = start("");
  assertEquals(tunnels.map((spec) => [spec.label, spec.kind, spec.concurrency]), [
    ["web", "http", 3],
    ["ssh", "tcp", 100],
  ]);
  assertEquals(tunnels.map((spec) => spec.requestTimeoutMs), [5000, 5000]);
  const shown = ({ endpoint, token, ca }: ConnectionOptions): unknown => [
    endpointLabel(endpoint),
    token,
    ca,
  ];
  assertEquals(shown(connection), ["https://file.example.com", "file-token", PEM]);
});

Deno.test("Flags win over environment, environment over the config file", () => {
  const env = { TUN_ENDPOINT: "https://env.example.com", TUN_TOKEN: "env-token" };
  assertEquals(endpointLabel(start("", env).connection.endpoint), "https://env.example.com");
  assertEquals(start("", env).connection.token, "env-token");
  const flags = start("-e https://flag.example.com -c 9 --request-timeout 1 web", env);
  assertEquals(endpointLabel(flags.connection.endpoint), "https://flag.example.com");
  assertEquals(flags.tunnels.map((spec) => [spec.label, spec.concurrency, spec.requestTimeoutMs]), [
    ["web", 9, 1000],
  ]);
});

Deno.test("tun start prefers the file of the working directory", () => {
  const files = { "tun.toml": "[tunnels.here]\ntarget = 1", "/etc/t/tun.toml": CONFIG };
  const host = { readFile: filesOf(files), configDirectory: "/etc/t" };
  assertEquals(run("start", {}, host).tunnels.map((spec) => spec.label), ["here"]);
});

Deno.test("tun start says what is wrong with file or names", () => {
  const at = (line: string, files: Record<string, string | null>): string =>
    message(line, {}, { readFile: filesOf(files), configDirectory: "/etc/t" });
  assertEquals(
    at("start", {}),
    "no config file: expected tun.toml or /etc/t/tun.toml, or --config FILE",
  );
  assertEquals(at("start", { "tun.toml": null }), "cannot read tun.toml: permission denied");
  assertEquals(
    at("start", { "tun.yaml": "" }),
    "tun.yaml: expected a TOML file, see `tun start --help`",
  );
  assertEquals(
    at("start wbe", { "tun.toml": "[tunnels.web]\ntarget = 1" }),
    'no tunnel "wbe" in the config file: did you mean web?',
  );
  assertEquals(
    at("start", { "tun.toml": "token_file = 'tok'\n[tunnels.web]\ntarget = 1" }),
    "tun.toml:1: token_file: cannot read tok: there is no such file",
  );
  assertEquals(
    at("start", { "tun.toml": "endpoint = 'ftp://x'\n[tunnels.web]\ntarget = 1" }),
    'tun.toml:1: endpoint "ftp://x": expected https, http, wss, ws, tls or tcp',
  );
});
