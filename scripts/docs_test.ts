/**
 * The pages in docs/, read by the parsers that their examples are for.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parseConfigFile } from "../client/cli/config_file.ts";
import { parseCommandLine as parseTun } from "../client/cli/command_line.ts";
import { FLAGS as TUN_FLAGS } from "../client/cli/flags.ts";
import { GRANT_CLAIMS } from "../server/auth/grant.ts";
import { readGrants } from "../server/auth/grants_file.ts";
import { readRevocations } from "../server/auth/revocations.ts";
import { parseCommandLine as parseTunServer } from "../server/cli/command_line.ts";
import { FLAGS as SERVER_FLAGS } from "../server/cli/flags.ts";
import { localhostCert } from "../tests/support/transport_certificates.ts";

const DOCS = new URL("../docs/", import.meta.url);

const PAGES = Array.from(Deno.readDirSync(DOCS), ({ name }) => name)
  .filter((name) => name.endsWith(".md")).sort()
  .map((name) => ({ name, text: Deno.readTextFileSync(new URL(name, DOCS)) }));

/** What stands between fences of a language. */
function fenced(text: string, language: string): string[] {
  const blocks = text.matchAll(/^```(\w+)\n([^]*?)^```$/gm);
  return Array.from(blocks).filter(([, of]) => of === language).map(([, , block]) => block!);
}

/** A command of ours in a line of shell. */
const CALL = /^\s*(?:- )?(?:timeout \S+ )?(tun(?:-server)?(?:\s.*)?)$/;

/** The words of our commands in a piece of shell, without what the shell does with them. */
function commandsIn(shell: string): string[][] {
  return shell.replaceAll("\\\n", " ").split(/\n|\||&&|;|&(?=\s|$)/).flatMap((piece) => {
    const line = piece.replace(/\s#.*$/, "").replace(/[<>]\s*\S+/g, "")
      .replace(/\$\{\{.*?\}\}|\$\w+|\$\(.*?\)/g, "1").trimEnd();
    const call = CALL.exec(line)?.[1];
    if (call === undefined) return [];
    const words = call.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g);
    return [Array.from(words, ([, single, double, bare]) => single ?? double ?? bare!)];
  });
}

/** The files that examples name, with what the page says is in them. */
function fileNamed(path: string, page: string): string {
  if (path.endsWith(".pem")) return localhostCert;
  if (path.endsWith("grants.json")) return fenced(page, "json")[0] ?? "[]";
  if (path.endsWith("server.toml")) return `domain = "tun.example.com"\n`;
  if (path.endsWith(".toml")) return fenced(page, "toml")[0] ?? "";
  return "a secret of an example\n";
}

Deno.test("commandsIn() finds our commands, and takes the shell off them", () => {
  assertEquals(
    commandsIn('cat x | tun login -e a.b < t # so\ntunnel\n  - timeout 5m tun 1 -s "x-$N" &'),
    [
      ["tun", "login", "-e", "a.b"],
      ["tun", "1", "-s", "x-1"],
    ],
  );
});

for (const { name, text } of PAGES) {
  Deno.test(`docs/${name} has commands that the programs take`, () => {
    const readFile = (path: string) => ({ ok: true, text: fileNamed(path, text) }) as const;
    const plain = text.replace(/^```[^]*?^```$/gm, "").match(/^ {4}.*$/gm) ?? [];
    for (const shell of [...fenced(text, "sh"), ...fenced(text, "yaml"), ...plain]) {
      for (const [program, ...args] of commandsIn(shell)) {
        const parse = program === "tun" ? parseTun : parseTunServer;
        const result = parse(args, { TUN_ENDPOINT: "https://tun.example.com" }, { readFile });
        assert(result.ok, `${program} ${args.join(" ")}: ${result.ok ? "" : result.message}`);
      }
    }
  });

  Deno.test(`docs/${name} names flags that there are`, () => {
    const known = new Set(
      [...TUN_FLAGS, ...SERVER_FLAGS].flatMap(({ name, aliases = [] }) => [name, ...aliases]),
    );
    for (const [, flag] of text.matchAll(/`--([a-z][a-z-]+)/g)) {
      assert(known.has(flag!), `--${flag}`);
    }
  });

  Deno.test(`docs/${name} links to files that exist`, async () => {
    for (const [, path] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      await Deno.stat(new URL(path!, DOCS));
    }
  });
}

const page = (name: string): string => PAGES.find((one) => one.name === name)!.text;

Deno.test("docs/identity.md has rules that the server reads, and names every right", () => {
  const text = page("identity.md");
  const [grants] = fenced(text, "json");
  assertEquals(readGrants(grants!, (url) => ({ kind: "url", url })).length, 2);
  assertEquals(readRevocations(fenced(text, "text")[0]!).length, 2);
  const rows = Array.from(text.matchAll(/^\| `(\w+)` +\| `--([a-z-]+)`/gm));
  assertEquals(rows.map(([, claim]) => claim).sort(), [...GRANT_CLAIMS].sort());
  const token = SERVER_FLAGS.filter(({ commands }) => commands.includes("token"));
  for (const [, claim, flag] of rows) {
    assert(token.some(({ name }) => name === flag), `--${flag} for ${claim}`);
  }
});

Deno.test("docs/visitor_access.md has a config file that the client reads", () => {
  for (const toml of fenced(page("visitor_access.md"), "toml")) {
    assertEquals(parseConfigFile(toml, "tun.toml").tunnels.length, 2);
  }
});
