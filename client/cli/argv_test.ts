import { assertEquals, assertThrows } from "@std/assert";
import { readArguments } from "./argv.ts";
import { FLAGS } from "./flags.ts";
import { UsageError } from "../usage_error.ts";

function read(line: string): { words: readonly string[]; flags: Record<string, string | true> } {
  const { words, given } = readArguments(line.split(" ").filter((part) => part !== ""), FLAGS);
  const flags = [...given].map(([name, { text }]) => [name, text ?? true] as const);
  return { words, flags: Object.fromEntries(flags) };
}

Deno.test("readArguments takes every usual spelling", () => {
  const cases: [string, readonly string[], Record<string, string | true>][] = [
    ["", [], {}],
    ["3000", ["3000"], {}],
    ["3000 --port 80", ["3000"], { port: "80" }],
    ["--port=80 3000", ["3000"], { port: "80" }],
    ["-p 80", [], { port: "80" }],
    ["-p80", [], { port: "80" }],
    ["-p=80", [], { port: "80" }],
    ["-sshop", [], { subdomain: "shop" }],
    ["--name shop", [], { subdomain: "shop" }],
    ["--server=x=y", [], { endpoint: "x=y" }],
    ["-vp 80", [], { verbose: true, port: "80" }],
    ["-v -v", [], { verbose: true }],
    ["-vv", [], { verbose: true }],
    ["--json=false", [], { json: "false" }],
    ["-- --port 80", ["--port", "80"], {}],
    ["-v -- -v", ["-v"], { verbose: true }],
    ["--port -1", [], { port: "-1" }],
    ["--host-header=", [], { "host-header": "" }],
    ["tcp - 22", ["tcp", "-", "22"], {}],
  ];
  for (const [line, words, flags] of cases) assertEquals(read(line), { words, flags }, line);
});

Deno.test("readArguments says what is wrong with a flag", () => {
  const cases = [
    ["--prot 80", "unknown flag --prot: did you mean --port?"],
    ["--subdomian=x", "unknown flag --subdomian: did you mean --subdomain?"],
    ["--frobnicate", "unknown flag --frobnicate: see --help"],
    ["-x", "unknown flag -x: see --help"],
    ["-vx", "unknown flag -x: see --help"],
    ["-port 80", "unknown flag -port: did you mean --port?"],
    ["-name=x", "unknown flag -name: did you mean --name?"],
    ["--port", "--port needs a value: --port N"],
    ["-p", "-p needs a value: -p N"],
    ["--port --json", "--port needs a value: --port N"],
    ["--token -- x", "--token needs a value: --token JWT"],
    ["--port 1 --port 2", "--port is given twice"],
    ["-p 1 --port 2", "--port is given twice"],
    ["--name a --subdomain b", "--subdomain is given twice"],
    ["--constructor", "unknown flag --constructor: see --help"],
    ["--__proto__=1", "unknown flag --__proto__: see --help"],
    ["--=1", "unknown flag --: see --help"],
  ] as const;
  for (const [line, message] of cases) {
    assertEquals(assertThrows(() => read(line), UsageError).message, message, line);
  }
});

Deno.test("The flag table has no name twice", () => {
  const names = FLAGS.flatMap((flag) => [flag.name, ...flag.aliases ?? []]);
  const shorts = FLAGS.flatMap((flag) => flag.short ?? []);
  assertEquals(names.length, new Set(names).size);
  assertEquals(shorts.length, new Set(shorts).size);
});
