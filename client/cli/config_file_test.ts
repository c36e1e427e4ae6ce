import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseConfigFile } from "./config_file.ts";
import { parseTarget } from "../address/target.ts";
import { UsageError } from "../usage_error.ts";

const WHOLE = `
endpoint = "https://tun.example.com"
token_file = "token"
concurrency = 7

[tunnels.web]
target = 3000
subdomain = "Shop"
host_header = "rewrite"
request_timeout = 2.5

[tunnels."db.main"]
kind = "tcp"
target = "db:5432"
port = 30000
connect_timeout = "500ms"
`;

Deno.test("parseConfigFile reads a whole file", () => {
  assertEquals(parseConfigFile(WHOLE, "tun.toml"), {
    endpoint: { text: "https://tun.example.com", origin: "tun.toml:2: endpoint" },
    tokenFile: { text: "token", origin: "tun.toml:3: token_file" },
    concurrency: 7,
    tunnels: [
      {
        label: "web",
        kind: "http",
        target: parseTarget("3000", "http"),
        subdomain: "shop",
        hostHeader: "127.0.0.1:3000",
        requestTimeoutMs: 2500,
        insecure: false,
        visitors: {},
      },
      {
        label: "db.main",
        kind: "tcp",
        target: parseTarget("db:5432", "tcp"),
        publicPort: 30000,
        connectTimeoutMs: 500,
        insecure: false,
        visitors: {},
      },
    ],
  });
});

function complaint(text: string): string {
  return assertThrows(() => parseConfigFile(text, "tun.toml"), UsageError).message;
}

Deno.test("parseConfigFile names file, line and key of a mistake", () => {
  const web = "[tunnels.web]\ntarget = 3000\n";
  const cases: [string, string][] = [
    ["", "tun.toml: expected at least one tunnel, such as [tunnels.web]"],
    ["tunnels = 3", "tun.toml:1: tunnels: expected tables such as [tunnels.web], got 3"],
    ["[tunnels]\nweb = 3", "tun.toml:2: tunnels.web: expected a table, [tunnels.web]"],
    ["endpiont = 'x'\n" + web, "tun.toml:1: endpiont: unknown key, did you mean endpoint?"],
    [web + "prot = 1", "tun.toml:3: tunnels.web.prot: unknown key, did you mean port?"],
    [web + "addr = 1", "tun.toml:3: tunnels.web.addr: unknown key, did you mean target?"],
    [web + "proto = 'tcp'", "tun.toml:3: tunnels.web.proto: unknown key, did you mean kind?"],
    [
      web + "host-header = 'x'",
      "tun.toml:3: tunnels.web.host-header: unknown key, did you mean host_header?",
    ],
    ["authtoken = 'x'\n" + web, "tun.toml:1: authtoken: unknown key, did you mean token?"],
    [
      web + "zzzzzz = 1",
      "tun.toml:3: tunnels.web.zzzzzz: unknown key, expected kind, target, subdomain, port, " +
      "host_header, insecure, concurrency, connect_timeout, request_timeout, allow_cidr, deny_cidr, " +
      "basic_auth, verify_webhook, webhook_secret, webhook_secret_file",
    ],
    ["[tunnels.web]\n", "tun.toml:1: tunnels.web: expected a target, such as target = 3000"],
    [
      "[tunnels.web]\ntarget = 99999",
      `tun.toml:2: tunnels.web.target: target "99999": expected a port from 1 to 65535`,
    ],
    [
      "[tunnels.web]\ntarget = true",
      "tun.toml:2: tunnels.web.target: expected a text in quotes, got true",
    ],
    [
      "[tunnels.web]\nkind = 'udp'\ntarget = 1",
      `tun.toml:2: tunnels.web.kind: expected "http" or "tcp", got "udp"`,
    ],
    [
      web + "port = 80",
      "tun.toml:3: tunnels.web.port: is the public port of a tcp tunnel; the local port goes into target",
    ],
    [
      "[tunnels.db]\nkind = 'tcp'\ntarget = 1\nsubdomain = 'x'",
      "tun.toml:4: tunnels.db.subdomain: is not for a tcp tunnel",
    ],
    [
      web + "subdomain = 'a_b'",
      `tun.toml:3: tunnels.web.subdomain: name "a_b": expected 1 to 63 letters, digits and inner hyphens`,
    ],
    [
      web + "concurrency = 0",
      "tun.toml:3: tunnels.web.concurrency: expected a whole number from 1 to 10000, got 0",
    ],
    [
      web + "request_timeout = -1",
      `tun.toml:3: tunnels.web.request_timeout: expected seconds above 0 (25, 2.5 or "500ms"), got -1`,
    ],
    [
      web + "insecure = 'yes'",
      `tun.toml:3: tunnels.web.insecure: expected true or false, got "yes"`,
    ],
    ["token = 5\n" + web, "tun.toml:1: token: expected a text in quotes, got something else"],
    [
      "token = 'a'\ntoken_file = 'b'\n" + web,
      "tun.toml:2: token_file: expected either token or token_file, not both",
    ],
    [web + web, "tun.toml:3: tunnels.web is there twice, first on line 1"],
    [web + "target = 4", "tun.toml:3: tunnels.web.target is there twice, first on line 2"],
    [
      web + "[tunnels.b]\ntarget = '127.0.0.1:3000'",
      "tun.toml:3: tunnels.b: has the same http target 127.0.0.1:3000 as tunnels.web",
    ],
    [
      "[tunnels.'a b']\ntarget = 1",
      "tun.toml:1: tunnels.a b: a tunnel's name holds letters, digits, - _ and .",
    ],
    [
      "[__proto__]\ntarget = 1",
      "tun.toml:1: __proto__: unknown key, expected endpoint, token, token_file, ca, allow_plaintext, concurrency, connect_timeout, request_timeout, tunnels",
    ],
  ];
  for (const [text, message] of cases) assertEquals(complaint(text), message, text);
});

Deno.test("parseConfigFile names the line of broken TOML", () => {
  for (
    const [text, start] of [
      ["a = 1\nb = \n", "tun.toml:2: not valid TOML:"],
      ["a = 'x\n", "tun.toml:1: not valid TOML:"],
      ["tunnels:\n  web:\n", "tun.toml:1: not valid TOML:"],
      ["x==1", "tun.toml:1: not valid TOML:"],
    ] as const
  ) {
    const message = complaint(text);
    assertEquals(message.slice(0, start.length), start);
    assertEquals(message.includes("\n"), false);
  }
});

Deno.test("parseConfigFile does not quote broken TOML, where secrets stand", () => {
  for (const value of ["s3cret", `"""s3cret`, `'''\ns3cret`, `"s3cret`, "1999-99-99s3cret"]) {
    const message = complaint(`token = ${value}\n[tunnels.web]\ntarget = 3000\n`);
    assertMatch(message, /^tun\.toml:\d+: not valid TOML: (?!.*cret)/);
  }
});

Deno.test("parseConfigFile finds lines through multi-line strings and inline tables", () => {
  const text = `endpoint = """\ntoken = "not a key"\n"""\ntunnels.web = { target = 0 }\n`;
  assertEquals(
    complaint(text),
    `tun.toml:4: tunnels.web.target: target "0": expected a port from 1 to 65535`,
  );
});
