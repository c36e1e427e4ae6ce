import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Command } from "./command.ts";
import { type CommandLineHost, parseCommandLine } from "./command_line.ts";
import { SERVER_DEFAULTS, type ServerConfig } from "../config.ts";
import type { Environment } from "./flag_values.ts";
import { FLAGS } from "./flags.ts";
import type { ReadFile } from "./text_file.ts";

const CERT = "-----BEGIN CERTIFICATE-----\n";
const KEY = "-----BEGIN EC PRIVATE KEY-----\n";
const JWKS = `{"keys":[]}`;
const FILES: Record<string, string> = {
  "cert.pem": CERT,
  "key.pem": KEY,
  "jwks.json": JWKS,
  "grants.json": "[]",
  "revoked.txt": "# who has left\njti:1\nsub:eve\n",
  "server.toml": "",
};

const readFile: ReadFile = (path) => {
  const text = FILES[path];
  return text === undefined
    ? { ok: false, found: false, reason: "there is no such file" }
    : { ok: true, text };
};

function split(line: string): string[] {
  return line.split(" ").filter((part) => part !== "");
}

function command(line: string, env: Environment = {}, host: CommandLineHost = {}): Command {
  const result = parseCommandLine(split(line), env, { readFile, ...host });
  assert(result.ok, result.ok ? "" : `${line}: ${result.message}`);
  return result.command;
}

function config(line: string, env: Environment = {}, host: CommandLineHost = {}): ServerConfig {
  const parsed = command(line, env, host);
  assert(parsed.kind === "serve", parsed.kind);
  return parsed.config;
}

function warnings(line: string, env: Environment = {}): readonly string[] {
  const parsed = command(line, env);
  assert(parsed.kind === "serve");
  return parsed.warnings;
}

function message(line: string, env: Environment = {}): string {
  const result = parseCommandLine(split(line), env, { readFile });
  assert(!result.ok, `accepted: ${line}`);
  assertEquals(result.exitCode, 2);
  assertEquals(result.message.includes("\n"), false);
  return result.message;
}

Deno.test("tun-server alone has the defaults of the contract", () => {
  assertEquals(config(""), SERVER_DEFAULTS);
  assertEquals(config("", {}, { isTerminal: true }), { ...SERVER_DEFAULTS, log: "text" });
  assertEquals(warnings(""), []);
});

Deno.test("Every flag reaches the configuration", () => {
  assertEquals(
    config(
      "--http 9000 --tunnel [::]:9001 --admin :9002 --domain Tun.Example.com. " +
        "--public-url https://Tun.Example.com/ --tcp-ports 30000-30010 --single --jwt-secret s " +
        "--jwks jwks.json --issuer i --audience a --max-token-ttl 1d --grants grants.json " +
        "--revoked revoked.txt --tls-cert cert.pem --tls-key key.pem " +
        "--state /var/tun --trusted-proxies none --max-body 5MiB --idle-timeout 1.5 " +
        "--drain-timeout 500ms --log text -v " +
        "--max-connections 5000 --max-connections-per-ip 50 --visitor-rps 20",
    ),
    {
      http: { hostname: "0.0.0.0", port: 9000 },
      tunnel: { hostname: "::", port: 9001 },
      admin: { hostname: "0.0.0.0", port: 9002 },
      domain: "tun.example.com",
      publicUrl: "https://tun.example.com",
      tcpPorts: { first: 30000, last: 30010 },
      single: true,
      auth: {
        kind: "jwt",
        secret: "s",
        jwks: [{ kind: "keys", text: JWKS, from: "jwks.json" }],
        issuer: "i",
        audience: "a",
        maxTtlMs: 86_400_000,
        grants: [],
        revoked: ["jti:1", "sub:eve"],
      },
      tls: { cert: CERT, key: KEY, certFile: "cert.pem", keyFile: "key.pem" },
      state: "/var/tun",
      trustedProxies: [],
      maxBody: 5 * 2 ** 20,
      maxConnections: 5000,
      maxConnectionsPerIp: 50,
      visitorRps: 20,
      idleTimeoutMs: 1500,
      drainTimeoutMs: 500,
      log: "text",
      logLevel: "debug",
      accessLog: true,
      logQuery: false,
    },
  );
});

Deno.test("Every environment variable does what its flag does, and the flag wins", () => {
  const values: Record<string, string> = {
    TUN_HTTP: ":9000",
    TUN_TUNNEL: ":9001",
    TUN_ADMIN: "9002",
    TUN_DOMAIN: "tun.example.com",
    TUN_PUBLIC_URL: "https://tun.example.com",
    TUN_TCP_PORTS: "30000-30010",
    TUN_SINGLE: "1",
    TUN_JWT_SECRET: "s",
    TUN_JWKS: "jwks.json",
    TUN_ISSUER: "i",
    TUN_AUDIENCE: "a",
    TUN_MAX_TOKEN_TTL: "1d",
    TUN_GRANTS: "grants.json",
    TUN_REVOKED: "revoked.txt",
    TUN_TLS_CERT: "cert.pem",
    TUN_TLS_KEY: "key.pem",
    TUN_STATE: "/var/tun",
    TUN_TRUSTED_PROXIES: "10.0.0.0/8, loopback",
    TUN_MAX_CONNECTIONS: "5000",
    TUN_MAX_CONNECTIONS_PER_IP: "50",
    TUN_VISITOR_RPS: "20",
    TUN_MAX_BODY: "10MB",
    TUN_IDLE_TIMEOUT: "3",
    TUN_DRAIN_TIMEOUT: "4",
    TUN_CONFIG: "server.toml",
    TUN_LOG: "text",
    TUN_LOG_LEVEL: "warn",
    TUN_ACCESS_LOG: "off",
    TUN_LOG_QUERY: "1",
    TUN_ADMIN_TOKEN: "0123456789abcdef",
  };
  const named = FLAGS.flatMap((flag) => flag.env ?? []).filter((env) => env !== "TUN_NO_AUTH");
  assertEquals(Object.keys(values).sort(), named.sort());
  const line = FLAGS.filter((flag) => flag.env !== undefined && values[flag.env] !== undefined)
    .map((flag) =>
      flag.type.kind === "boolean"
        ? `--${flag.name}`
        : `--${flag.name}=${values[flag.env!]!.replace(" ", "")}`
    );
  assertEquals(config("", values), config(line.join(" ")));
  assertEquals(config("--http :1 --single=false", values).http.port, 1);
  assertEquals(config("--single=false", values).single, false);
  assertEquals(
    config("", { TUN_HTTP: "", TUN_SINGLE: "0", TUN_NO_AUTH: "false" }),
    SERVER_DEFAULTS,
  );
});

Deno.test("--no-auth is loud, and wins over keys in the environment", () => {
  assertEquals(config("--no-auth", { TUN_JWT_SECRET: "s" }).auth, { kind: "none" });
  assertEquals(config("", { TUN_NO_AUTH: "true" }).auth, { kind: "none" });
  assertStringIncludes(warnings("--no-auth")[0]!, "anybody who reaches this server");
});

Deno.test("What works but is unwise gets a word", () => {
  assertStringIncludes(warnings("", { TUN_JWT_SECRET: "short" })[0]!, "5 bytes, fewer than 32");
  const long = "x".repeat(32);
  assertEquals(warnings("", { TUN_JWT_SECRET: long }), []);
  assertStringIncludes(warnings(`--jwt-secret ${long}`)[0]!, "visible in the process list");
  assertStringIncludes(warnings("--single --domain a.example")[0]!, "--domain does nothing");
});

Deno.test("Every newcomer's mistake gets one line that says what was expected", () => {
  const domain = "expected a domain name";
  const cases: [string, string][] = [
    ["--http 99999", '--http: expected a port from 0 to 65535, got "99999"'],
    ["--http localhost", '--http: expected host:port, [::]:port, :port or a port, got "localhost"'],
    ["--tunnel 8080", "--http and --tunnel are both on 0.0.0.0:8080: use two ports"],
    ["--admin 8080", "--http and --admin are both on 127.0.0.1:8080: use two ports"],
    [
      "--domain https://x.com",
      `--domain "https://x.com": ${domain}, without a scheme, that goes into --public-url`,
    ],
    [
      "--domain *.x.com",
      `--domain "*.x.com": ${domain}, write x.com, every name below it is meant`,
    ],
    [
      "--domain x.com:8080",
      `--domain "x.com:8080": ${domain}, without a port, that goes into --public-url`,
    ],
    ["--domain 10.0.0.1", `--domain "10.0.0.1": ${domain}, such as tun.example.com`],
    ["--domain a_b.com", `--domain "a_b.com": ${domain}, such as tun.example.com`],
    ["--domain -", `--domain "-": ${domain}, such as tun.example.com`],
    ["--public-url x.com", '--public-url: expected https://host or http://host, got "x.com"'],
    [
      "--public-url https://x.com/a",
      '--public-url: expected no path, query or fragment, got "https://x.com/a"',
    ],
    ["--public-url https://u:secret@x.com", "--public-url: leave out the user name and password"],
    ["--tcp-ports 60000-20000", '--tcp-ports: expected the lower port first, got "60000-20000"'],
    ["--tcp-ports some", '--tcp-ports: expected ports from 1 to 65535 (20000-60000), got "some"'],
    [
      "--max-body 10M",
      '--max-body: expected an amount of bytes (1048576, 10MB or 5MiB), got "10M"',
    ],
    [
      "--idle-timeout 0",
      '--idle-timeout: expected seconds above 0, at most 86400 (25, 2.5, 500ms), got "0"',
    ],
    ["--log yaml", '--log: expected text or json, got "yaml"'],
    [
      "--trusted-proxies 10.0.0.0/99",
      '--trusted-proxies: expected an address or a network (10.0.0.0/8), got "10.0.0.0/99"',
    ],
    ["--tls-cert cert.pem", "--tls-cert needs --tls-key FILE beside it"],
    ["--tls-key key.pem", "--tls-key needs --tls-cert FILE beside it"],
    [
      "--tls-cert no.pem --tls-key key.pem",
      "--tls-cert: cannot read no.pem: there is no such file",
    ],
    [
      "--tls-cert key.pem --tls-key cert.pem",
      "--tls-cert: expected a certificate in PEM form in key.pem, are --tls-cert and --tls-key swapped?",
    ],
    ["--jwks no.json", "--jwks: cannot read no.json: there is no such file"],
    [
      "--jwks server.toml",
      '--jwks: expected a key set, {"keys": [...]}, one key, or PEM, in server.toml',
    ],
    [
      "--grants jwks.json",
      '--grants jwks.json: expected a list of at most 256 rules: [{"issuer": ...}, ...]',
    ],
    ["--grants server.toml", "--grants server.toml: expected JSON without repeated keys"],
    ["--revoked jwks.json", '--revoked jwks.json: expected {"jti": ["…"], "sub": ["…"]}'],
    ["--no-auth --grants grants.json", "--no-auth and --grants contradict each other: drop one"],
    ["token --visitors x", '--visitors: expected an address or a network (10.0.0.0/8), got "x"'],
    [
      "--jwks http://far.example.com/jwks",
      '--jwks: expected a file or an https:// URL, got "http://far.example.com/jwks"',
    ],
    ["--no-auth --jwks jwks.json", "--no-auth and --jwks contradict each other: drop one"],
    ["start", 'unknown word "start": tun-server alone starts the server, see --help'],
    ["tokne", 'unknown word "tokne": did you mean token?'],
    ["token inspct x", 'token: unknown word "inspct": did you mean inspect?'],
    ["token app", 'token: unknown word "app": a name goes into --name NAME'],
    ["token --http :1", "--http is not for `tun-server token`: it is for `tun-server`"],
    ["--name app", "--name is not for `tun-server`: it is for `tun-server token`"],
    [
      "token --ttl soon",
      '--ttl: expected a time of at most ten years (45m, 24h or 90d), got "soon"',
    ],
    ["token --name a.b", '--name "a.b": expected letters, digits, hyphens and *'],
    ["token --port 0", '--port: expected ports from 1 to 65535 (20000-60000), got "0"'],
    ["token --kind udp", '--kind: expected http or tcp, got "udp"'],
    ["--path-routing", "unknown flag --path-routing: see --help"],
  ];
  for (const [line, expected] of cases) assertEquals(message(line), expected, line);
});

Deno.test("A mistake in the environment is named after its variable", () => {
  assertStringIncludes(message("", { TUN_HTTP: "x" }), "TUN_HTTP: expected host:port");
  assertStringIncludes(message("", { TUN_SINGLE: "maybe" }), "TUN_SINGLE: expected true or false");
  assertStringIncludes(message("", { TUN_TLS_CERT: "cert.pem" }), "TUN_TLS_CERT needs --tls-key");
  assertStringIncludes(message("", { DENO_SERVE_ADDRESS: "tcp:1.1.1.1:1" }), "DENO_SERVE_ADDRESS");
});

Deno.test("A message never shows a password or a token", () => {
  assertEquals(message("--public-url https://u:secret@x.com").includes("secret"), false);
  assertEquals(message("token inspect secret secret").includes("secret"), false);
});

Deno.test("Key sets come from a file, an address or the variable itself", () => {
  const jwks = (line: string, env: Environment = {}): unknown => {
    const { auth } = config(line, env);
    return auth.kind === "jwt" ? auth.jwks : undefined;
  };
  const [far, near] = ["https://id.example.com/jwks", "http://127.0.0.1:9/x"];
  assertEquals(jwks(`--jwks ${far}`), [{ kind: "url", url: far }]);
  assertEquals(jwks(`--jwks ${near} --jwks ${far}`), [{ kind: "url", url: near }, {
    kind: "url",
    url: far,
  }]);
  assertEquals(jwks("", { TUN_JWKS: JWKS }), [{ kind: "keys", text: JWKS, from: "--jwks" }]);
  assertEquals(jwks("--jwks cert.pem"), [{ kind: "keys", text: CERT, from: "cert.pem" }]);
});

Deno.test("tun-server token says what to sign", () => {
  const keys = { state: "./tun-data", auth: { kind: "jwt" } } as const;
  assertEquals(command("token --name App --ttl 24h"), {
    kind: "token",
    claims: { sub: "app", names: ["app"], ports: [], kinds: [] },
    ttlMs: 86_400_000,
    keys,
  });
  assertEquals(
    command(
      "token --sub ada --name a --name pr-* --port 30000,30001-30002 --port * --kind tcp " +
        "--tunnels 3 --streams 5 --rps 10 --bps 1MB --visitors 10.0.0.0/8,::1 --session-ttl 1h " +
        "--state s --jwt-secret k --issuer i --audience a",
    ),
    {
      kind: "token",
      claims: {
        sub: "ada",
        names: ["a", "pr-*"],
        ports: ["30000", "30001-30002", "1-65535"],
        kinds: ["tcp"],
        tunnels: 3,
        streams: 5,
        rps: 10,
        bps: 1e6,
        ttl: 3600,
        visitors: ["10.0.0.0/8", "::1"],
      },
      ttlMs: 90 * 86_400_000,
      keys: { state: "s", auth: { kind: "jwt", secret: "k", issuer: "i", audience: "a" } },
    },
  );
  const anybody = command("token --name pr-*");
  assert(anybody.kind === "token");
  assertEquals(anybody.claims.sub, undefined, "a pattern is nobody's name");
});

Deno.test("tun-server token inspect takes a token or standard input", () => {
  const token = (line: string): string | undefined => {
    const parsed = command(line);
    assert(parsed.kind === "inspect");
    return parsed.token;
  };
  assertEquals(token("token inspect abc"), "abc");
  assertEquals(token("token inspect"), undefined);
  assertEquals(token("token inspect -"), undefined);
});

Deno.test("Help fits its page and wins over whatever else is wrong", () => {
  for (
    const line of ["--help", "-h", "help", "bogus -h", "-vh", "token --help", "token inspect -h"]
  ) {
    const parsed = command(line);
    assert(parsed.kind === "help", line);
    for (const row of parsed.text.split("\n")) assert(row.length <= 80, row);
  }
  const server = command("--help", {}, { columns: 300 });
  assert(server.kind === "help");
  const text = server.text.replace(/\s+/g, " ");
  for (const flag of FLAGS) {
    const shown = text.includes(`--${flag.name} ${flag.placeholder ?? ""}`);
    assertEquals(shown, flag.commands.includes("serve"), flag.name);
  }
  for (const line of ["--version", "-V", "version"]) {
    assertEquals(command(line), { kind: "version" });
  }
});
