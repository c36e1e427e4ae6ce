import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseCommandLine } from "./command_line.ts";
import type { ServerConfig } from "../config.ts";
import { fileFlags, keyOf } from "./config_file.ts";
import { FLAGS } from "./flags.ts";
import type { ReadFile } from "./text_file.ts";

const SECRET = "a secret of more than thirty-two bytes";

/** The files of a machine, of which other users can read those in `/public/`. */
function reading(files: Readonly<Record<string, string>>): ReadFile {
  return (path) => {
    const text = files[path];
    if (text === undefined) return { ok: false, found: false, reason: "there is no such file" };
    return { ok: true, text, exposed: path.startsWith("/public/") };
  };
}

function parse(
  toml: string,
  {
    line = "",
    env = {},
    files = {},
    path = "/etc/tun/server.toml",
  }: {
    readonly line?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
    readonly path?: string;
  } = {},
) {
  const args = ["--config", path, ...line.split(" ").filter((word) => word !== "")];
  return parseCommandLine(args, env, { readFile: reading({ ...files, [path]: toml }) });
}

function config(toml: string, options: Parameters<typeof parse>[1] = {}): ServerConfig {
  const result = parse(toml, options);
  assert(result.ok, result.ok ? "" : result.message);
  assert(result.command.kind === "serve");
  return result.command.config;
}

function message(toml: string, options: Parameters<typeof parse>[1] = {}): string {
  const result = parse(toml, options);
  assert(!result.ok, `accepted: ${toml}`);
  assertEquals(result.exitCode, 2);
  return result.message;
}

function check(toml: string, options: Parameters<typeof parse>[1] = {}): string {
  const result = parse(toml, { ...options, line: `--check-config ${options.line ?? ""}` });
  assert(result.ok, result.ok ? "" : result.message);
  assert(result.command.kind === "check");
  return result.command.text;
}

function warnings(toml: string, options: Parameters<typeof parse>[1] = {}): readonly string[] {
  const result = parse(toml, options);
  assert(result.ok && result.command.kind === "serve");
  return result.command.warnings;
}

Deno.test("A config file has a key for every flag of the server", () => {
  const keys = fileFlags(FLAGS).map(keyOf);
  for (const key of ["http", "tcp_ports", "tls_cert", "trusted_proxies", "no_auth", "state"]) {
    assert(keys.includes(key), key);
  }
  for (const key of ["config", "check_config", "help", "ttl"]) assert(!keys.includes(key), key);
});

Deno.test("A value of a config file means what its flag would", () => {
  const found = config(`
    domain = "tun.example.com"
    http = 9000
    tunnel = "[::]:9001"
    trusted_proxies = ["10.0.0.0/8", "loopback"]
    max_body = "5MiB"
    idle_timeout = 1.5
    drain_timeout = "500ms"
    single = true
    no_auth = true
  `);
  assertEquals(found.domain, "tun.example.com");
  assertEquals(found.http, { hostname: "0.0.0.0", port: 9000 });
  assertEquals(found.tunnel, { hostname: "::", port: 9001 });
  assertEquals(found.trustedProxies.length, 3);
  assertEquals(found.maxBody, 5 * 2 ** 20);
  assertEquals([found.idleTimeoutMs, found.drainTimeoutMs], [1500, 500]);
  assertEquals([found.single, found.auth.kind], [true, "none"]);
});

Deno.test("A flag wins over its variable, and a variable over the file", () => {
  const toml = `domain = "file.example"`;
  assertEquals(config(toml).domain, "file.example");
  const env = { TUN_DOMAIN: "variable.example" };
  assertEquals(config(toml, { env }).domain, "variable.example");
  assertEquals(config(toml, { env, line: "--domain flag.example" }).domain, "flag.example");
  // An empty variable is an unset one.
  assertEquals(config(toml, { env: { TUN_DOMAIN: "" } }).domain, "file.example");
  assertEquals(config(`single = true`, { line: "--single=false" }).single, false);
  const noAuth = config(`jwt_secret = "s"`, { env: { TUN_NO_AUTH: "1" } });
  assertEquals(noAuth.auth.kind, "none");
});

Deno.test("TUN_CONFIG names the config file too", () => {
  const env = { TUN_CONFIG: "server.toml", TUN_HTTP: "" };
  const result = parseCommandLine([], env, {
    readFile: reading({ "server.toml": `http = ":9000"` }),
  });
  assert(result.ok && result.command.kind === "serve");
  assertEquals(result.command.config.http.port, 9000);
  const missing = parseCommandLine([], { TUN_CONFIG: "none.toml" }, { readFile: reading({}) });
  assert(!missing.ok);
  assertEquals(missing.message, "TUN_CONFIG: cannot read none.toml: there is no such file");
});

Deno.test("A mistake in a config file is told with file, line and key", () => {
  const at = "/etc/tun/server.toml";
  const cases: readonly (readonly [toml: string, message: string])[] = [
    [`\ndoman = "x"`, `${at}:2: doman: unknown key, did you mean domain?`],
    [`tcp-ports = "1-2"`, `${at}:1: tcp-ports: unknown key, did you mean tcp_ports?`],
    [`[domain]\nname = "x"`, `${at}:1: domain: expected a text in quotes, got something else`],
    [`ttl = "1d"`, `${at}:1: ttl: unknown key, see tun-server --help`],
    [`config = "x"`, `${at}:1: config: unknown key, see tun-server --help`],
    [`domain = 3.5`, `${at}:1: domain: expected a text in quotes, got 3.5`],
    [`domain = ""`, `${at}:1: domain: expected a text in quotes, got ""`],
    [`domain = ["a"]`, `${at}:1: domain: expected a text in quotes, got ["a"]`],
    [
      `trusted_proxies = []`,
      `${at}:1: trusted_proxies: expected a text in quotes, or several in [ ], got []`,
    ],
    [`single = "yes"`, `${at}:1: single: expected true or false, got "yes"`],
    [`single = 1`, `${at}:1: single: expected true or false, got 1`],
    [
      `idle_timeout = true`,
      `${at}:1: idle_timeout: expected seconds (25, 2.5 or "500ms"), got true`,
    ],
    [
      `idle_timeout = -1`,
      `${at}:1: idle_timeout: expected seconds above 0, at most 86400 (25, 2.5, 500ms), got "-1"`,
    ],
    [`domain = "a"\ndomain = "b"`, `${at}:2: domain is there twice, first on line 1`],
    [`jwt_secret = 3.5`, `${at}:1: jwt_secret: expected a text in quotes, got something else`],
    [
      `jwt_secret_file = "none"`,
      `${at}:1: jwt_secret_file: cannot read /etc/tun/none: there is no such file`,
    ],
    [
      `tls_cert = "cert.pem"`,
      `${at}:1: tls_cert needs --tls-key FILE beside it`,
    ],
  ];
  for (const [toml, expected] of cases) assertEquals(message(toml), expected);
  assertMatch(message(`a = `), /^\/etc\/tun\/server\.toml:1: not valid TOML: /);
  assertMatch(message(`http = ":99999"`), /^\/etc\/tun\/server\.toml:1: http\b.*99999/);
  assertMatch(message(`http = ":1"\n[x]\ny=1`), /server\.toml:2: x: unknown key/);
});

Deno.test("Files that a config file names are seen from there", () => {
  const files = {
    "/etc/tun/cert.pem": "-----BEGIN CERTIFICATE-----\n",
    "/run/key.pem": "-----BEGIN PRIVATE KEY-----\n",
    "/etc/tun/keys.json": `{"keys":[]}`,
  };
  const found = config(
    `tls_cert = "cert.pem"\ntls_key = "/run/key.pem"\njwks = "keys.json"\nstate = "data"`,
    { files },
  );
  assertEquals(found.tls?.certFile, "/etc/tun/cert.pem");
  assertEquals(found.tls?.keyFile, "/run/key.pem");
  assertEquals(found.state, "/etc/tun/data");
  config(`jwks = "https://issuer.example/keys"`);
});

Deno.test("A secret can be in a file of its own", () => {
  const files = { "/etc/tun/secret": `${SECRET}\n` };
  const { auth } = config(`jwt_secret_file = "secret"`, { files });
  assert(auth.kind === "jwt");
  assertEquals(auth.secret, SECRET);
  assertMatch(
    message(`jwt_secret = "x"\njwt_secret_file = "secret"`, { files }),
    /:2: jwt_secret_file: expected either jwt_secret or jwt_secret_file$/,
  );
});

Deno.test("A secret in a file that everybody can read is warned of", () => {
  const path = "/public/server.toml";
  const [warning, ...more] = warnings(`\njwt_secret = "${SECRET}"`, { path });
  assertMatch(warning!, /^\/public\/server\.toml:2: jwt_secret: every user .* chmod o-r/);
  assertEquals(more, []);
  assertEquals(warnings(`jwt_secret = "${SECRET}"`), []);
  assertEquals(warnings(`domain = "a.example"`, { path }), []);
});

Deno.test("--check-config says every value with where it is from, and no secret", () => {
  const toml = `domain = "tun.example.com"\n\njwt_secret = "${SECRET}"\ntrusted_proxies = ["::1"]`;
  const text = check(toml, { line: "--http :9000 --single", env: { TUN_IDLE_TIMEOUT: "9" } });
  const lines = text.split("\n").map((line) => line.replace(/ +/g, " ").trim());
  for (
    const line of [
      `http = ":9000" # --http`,
      `domain = "tun.example.com" # /etc/tun/server.toml:1`,
      `jwt_secret = "********" # /etc/tun/server.toml:3`,
      `trusted_proxies = ["::1"] # /etc/tun/server.toml:4`,
      `idle_timeout = "9" # TUN_IDLE_TIMEOUT`,
      `single = true # --single`,
      `# tunnel: 0.0.0.0:7000`,
      `# no_auth: off`,
    ]
  ) assert(lines.includes(line), `${line} in ${text}`);
  assertEquals(text.includes(SECRET), false);
});

Deno.test("What --check-config prints is a config file that says the same", () => {
  const toml = `domain = "tun.example.com"\nhttp = 9000\nmax_body = 1000\ntrusted_proxies = "::1"`;
  const again = check(toml);
  assertEquals(config(again), config(toml));
});

Deno.test("tun-server token takes keys from a config file, and nothing else", () => {
  const readFile = reading({ "s.toml": `domain = "a.example"\njwt_secret = "${SECRET}"` });
  const result = parseCommandLine(["token", "--config", "s.toml"], {}, { readFile });
  assert(result.ok && result.command.kind === "token");
  assertEquals(result.command.keys.auth.secret, SECRET);
});
