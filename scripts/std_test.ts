// The facades in scripts/std/ are declarations written beside somebody else's
// code. These tests hold the two together, and make `deno cache` of this file
// lock everything that the facades import.

import * as assertions from "@std/assert";
import * as concat from "@std/bytes/concat";
import * as equals from "@std/bytes/equals";
import * as parseArgs from "@std/cli/parse-args";
import * as promptSecret from "@std/cli/prompt-secret";
import { unicodeWidth } from "@std/cli/unicode-width";
import * as base32 from "@std/encoding/base32";
import * as base64 from "@std/encoding/base64";
import * as base64url from "@std/encoding/base64url";
import * as hex from "@std/encoding/hex";
import * as varint from "@std/encoding/varint";
import * as bytes from "@std/fmt/bytes";
import * as colors from "@std/fmt/colors";
import * as duration from "@std/fmt/duration";
import * as cookie from "@std/http/cookie";
import * as negotiation from "@std/http/negotiation";
import * as eventStream from "@std/http/server-sent-event-stream";
import * as status from "@std/http/status";
import * as jsonc from "@std/jsonc/parse";
import * as tomlParse from "@std/toml/parse";
import * as tomlStringify from "@std/toml/stringify";

const { assertEquals } = assertions;

const FACADES: Readonly<Record<string, object>> = {
  "assert/mod": assertions,
  "bytes/concat": concat,
  "bytes/equals": equals,
  "cli/parse_args": parseArgs,
  "cli/prompt_secret": promptSecret,
  "encoding/base32": base32,
  "encoding/base64": base64,
  "encoding/base64url": base64url,
  "encoding/hex": hex,
  "encoding/varint": varint,
  "fmt/bytes": bytes,
  "fmt/colors": colors,
  "fmt/duration": duration,
  "http/cookie": cookie,
  "http/negotiation": negotiation,
  "http/server_sent_event_stream": eventStream,
  "http/status": status,
  "jsonc/parse": jsonc,
  "toml/parse": tomlParse,
  "toml/stringify": tomlStringify,
};

const FOLDER = new URL("./std/", import.meta.url);

async function facadesOnDisk(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name: folder, isDirectory } of Deno.readDir(FOLDER)) {
    if (!isDirectory) continue;
    for await (const { name: file } of Deno.readDir(new URL(`${folder}/`, FOLDER))) {
      if (file.endsWith(".d.ts")) found.push(`${folder}/${file.slice(0, -".d.ts".length)}`);
    }
  }
  return found.sort();
}

Deno.test("every facade declares exactly what its module exports", async (t) => {
  assertEquals(await facadesOnDisk(), Object.keys(FACADES).sort());
  for (const [name, module] of Object.entries(FACADES)) {
    await t.step(name, async () => {
      const declarations = await Deno.readTextFile(new URL(`${name}.d.ts`, FOLDER));
      const declared = declarations.matchAll(/^export declare (?:function|class|const) (\w+)/gm);
      assertEquals([...new Set([...declared].map((match) => match[1]))].sort(), [
        ...Object.keys(module).sort(),
      ]);
    });
  }
});

Deno.test("http/status declares the numbers and texts that the module has", async () => {
  const declarations = await Deno.readTextFile(new URL("http/status.d.ts", FOLDER));
  const rows = (pattern: RegExp): Record<string, string> =>
    Object.fromEntries([...declarations.matchAll(pattern)].map((match) => [match[1], match[2]]));
  const codes = Object.entries(status.STATUS_CODE).map(([name, code]) => [name, String(code)]);
  assertEquals(rows(/readonly ([A-Za-z]+): (\d+);/g), Object.fromEntries(codes));
  assertEquals(rows(/readonly (\d+): "(.*)";/g), { ...status.STATUS_TEXT });
});

Deno.test("unicodeWidth counts columns, not characters", () => {
  assertEquals(["tun", "日本", "e\u0301", "🦕"].map(unicodeWidth), [3, 4, 1, 2]);
});

Deno.test("the facades are typed, so that a wrong call does not compile", () => {
  const flags = parseArgs.parseArgs(["--port", "3", "-v"], {
    string: ["port"],
    boolean: ["verbose"],
    alias: { verbose: "v" },
  });
  const verbose: boolean = flags.v;
  // @ts-expect-error: a string flag may be absent
  const port: string = flags.port;
  // @ts-expect-error: 201 is not OK
  const ok: 201 = status.STATUS_CODE.OK;
  // @ts-expect-error: bytes are not text
  const text: string = hex.decodeHex("00");
  const accepted = negotiation.accepts(new Request("http://localhost"), "text/html", "text/plain");
  // @ts-expect-error: not one of the types that were offered
  const html: "text/css" | undefined = accepted;
  // @ts-expect-error: an object has keys only once that is checked
  const key: unknown = jsonc.parse('{"a": 1, /* b */ }').a;
  // @ts-expect-error: a list of arrays, not an array
  const joined: () => Uint8Array = () => concat.concat(new Uint8Array(1));
  // @ts-expect-error: both sides have one type
  assertions.assertThrows(() => assertEquals(1, "1"), assertions.AssertionError);

  assertEquals([verbose, port, html, key, typeof joined], [true, "3", "text/html", 1, "function"]);
  assertEquals([...text], [0] as unknown[]);
  assertEquals<number>(ok, 200);
});
