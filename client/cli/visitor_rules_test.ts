import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Command, TunnelSpec } from "./command.ts";
import { parseCommandLine } from "./command_line.ts";
import type { Environment } from "../environment.ts";

const FILES: Readonly<Record<string, string>> = {
  "secret": "first\nsecond\n",
  "empty": "\n",
  "tun.toml": `
[tunnels.web]
target = 3000
basic_auth = ["ada:a:b", "bob:c"]
allow_cidr = "10.0.0.0/8"
deny_cidr = ["10.1.0.0/16", "10.2.0.0/16"]

[tunnels.hooks]
target = 3001
verify_webhook = "github"
webhook_secret_file = "secret"

[tunnels.ssh]
kind = "tcp"
target = 22
allow_cidr = "10.0.0.0/8"
`,
};

function parse(args: string, env: Environment = {}, files = FILES) {
  return parseCommandLine(args.split(" "), env, {
    readFile: (path) => {
      const text = files[path];
      if (text !== undefined) return { ok: true, text };
      return { ok: false, found: false, reason: "there is no such file" };
    },
  });
}

function run(args: string, env: Environment = {}): Command & { kind: "run" } {
  const result = parse(args, env);
  assert(result.ok && result.command.kind === "run", JSON.stringify(result));
  return result.command;
}

function spec(args: string, env: Environment = {}): TunnelSpec {
  return run(args, env).tunnels[0]!;
}

function message(args: string, env: Environment = {}, files = FILES): string {
  const result = parse(args, env, files);
  assert(!result.ok);
  return result.message;
}

Deno.test("A tunnel that nothing is said about is open to all", () => {
  assertEquals([spec("3000").access, spec("3000").webhook], [undefined, undefined]);
});

Deno.test("Rules come from repeated flags, or from variables with a line each", () => {
  const flags = spec("3000 --basic-auth ada:a:b --basic-auth bob:c,d --deny-cidr ::1,10.0.0.0/8");
  assertEquals(flags.access, {
    credentials: ["ada:a:b", "bob:c,d"],
    allow: [],
    deny: ["::1/128", "10.0.0.0/8"],
  });
  const env = { TUN_BASIC_AUTH: "ada:a b\nbob:c", TUN_ALLOW_CIDR: "10.0.0.0/8,::1" };
  assertEquals(spec("3000", env).access, {
    credentials: ["ada:a b", "bob:c"],
    allow: ["10.0.0.0/8", "::1/128"],
    deny: [],
  });
  assertEquals(spec("3000 --basic-auth x:y", env).access?.credentials, ["x:y"]);
});

Deno.test("Networks hold for TCP too, passwords cannot", () => {
  assertEquals(spec("tcp 22 --allow-cidr 10.0.0.0/8").access?.allow, ["10.0.0.0/8"]);
  assertStringIncludes(message("tcp 22 --basic-auth a:b"), "it is about HTTP");
  assertStringIncludes(message("tcp 22 --verify-webhook github"), "it is about HTTP");
});

Deno.test("The secret of a webhook comes from the variable or a file, and may be two", () => {
  const env = { TUN_WEBHOOK_SECRET: "one" };
  assertEquals(spec("3000 --verify-webhook github", env).webhook, {
    provider: "github",
    secrets: ["one"],
  });
  assertEquals(
    spec("3000 --verify-webhook slack --webhook-secret-file secret", env).webhook?.secrets,
    ["first", "second"],
  );
});

Deno.test("Each tunnel of a file has rules of its own, and flags win over all of them", () => {
  const [web, hooks, ssh] = run("start").tunnels;
  assertEquals(web!.access, {
    credentials: ["ada:a:b", "bob:c"],
    allow: ["10.0.0.0/8"],
    deny: ["10.1.0.0/16", "10.2.0.0/16"],
  });
  assertEquals(hooks!.webhook, { provider: "github", secrets: ["first", "second"] });
  assertEquals(ssh!.access?.allow, ["10.0.0.0/8"]);
  for (const tunnel of run("start --allow-cidr ::1").tunnels) {
    assertEquals(tunnel.access?.allow, ["::1/128"]);
  }
  const byVariable = run("start", { TUN_BASIC_AUTH: "x:y" }).tunnels;
  assertEquals(byVariable.map(({ access }) => access?.credentials), [["x:y"], ["x:y"], []]);
});

Deno.test("A secret on the command line gets a word", () => {
  assertEquals(run("3000 --basic-auth a:b").warnings, [
    "--basic-auth is visible in the process list: TUN_BASIC_AUTH is not",
  ]);
  assertEquals(run("3000", { TUN_BASIC_AUTH: "a:b" }).warnings, []);
});

Deno.test("Whatever could leave a tunnel more open than it was meant is refused", () => {
  const rows: [args: string, says: string, env?: Environment][] = [
    ["3000 --basic-auth hunter2", "--basic-auth: expected user:password"],
    ["3000", "TUN_BASIC_AUTH: expected user:password", { TUN_BASIC_AUTH: "hunter2" }],
    ["3000 --allow-cidr 10.0.0.1/8", "did you mean 10.0.0.0/8"],
    ["3000 --alow-cidr ::1", "did you mean --allow-cidr?"],
    ["3000 --verify-webhook githup", "did you mean github?"],
    ["3000 --verify-webhook github", "TUN_WEBHOOK_SECRET or --webhook-secret-file"],
    ["3000 --verify-webhook github --webhook-secret-file nowhere", "cannot read nowhere"],
    ["3000 --verify-webhook github --webhook-secret-file empty", "needs the secret"],
    ["3000 --webhook-secret-file secret", "does nothing alone"],
    ["3000 --verify-webhook standard --webhook-secret ~", "is base64"],
    ["3000 --verify-webhook slack --webhook-secret a --webhook-secret-file secret", "one of them"],
  ];
  for (const [args, says, env] of rows) {
    const text = message(args, env);
    assertStringIncludes(text, says);
    assertEquals(text.includes("hunter2"), false);
  }
  const tables: [text: string, says: string][] = [
    ['kind = "tcp"\nbasic_auth = "a:b"', "tunnels.t.basic_auth: is not for a tcp tunnel"],
    ['basic_auth = "hunter2"', "tunnels.t.basic_auth: expected user:password"],
    ["basic_auth = [7]", "expected a text in quotes, or several in [ ], got something else"],
    ["allow_cidr = []", "expected a text in quotes, or several in [ ]"],
    ['webhook_secret = "s"', "does nothing alone"],
  ];
  for (const [text, says] of tables) {
    const files = { "tun.toml": `[tunnels.t]\ntarget = 1\n${text}\n` };
    assertStringIncludes(message("start", {}, files), says);
  }
});
