import { assertEquals } from "@std/assert";
import plugin from "./lint_layers.ts";

/** The rules that `source` breaks when it stands at `path`. */
function broken(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, path, source).map((diagnostic) => diagnostic.id);
}

const DIRECTION = ["layers/import-direction"];
const PLATFORM = ["layers/no-platform"];

Deno.test("import-direction refuses every way of naming another layer", () => {
  const ways = [
    (to: string) => `import { x } from "${to}"; x();`,
    (to: string) => `import type { X } from "${to}"; export type Y = X;`,
    (to: string) => `import "${to}";`,
    (to: string) => `export { x } from "${to}";`,
    (to: string) => `export * from "${to}";`,
    (to: string) => `await import("${to}");`,
    (to: string) => `export type Y = import("${to}").X;`,
  ];
  const forbidden: [path: string, to: string][] = [
    ["protocol/mux/mux.ts", "@tun/server"],
    ["protocol/mux/mux.ts", "@tun/protocol"],
    ["protocol/mux/mux.ts", "../../server/mod.ts"],
    ["protocol/transport/tcp.ts", "../../client/mod.ts"],
    ["server/server.ts", "@tun/client"],
    ["server/server.ts", "@tun/client/forward"],
    ["server/server.ts", "@tun/server"],
    ["server/server.ts", "jsr:@tun/client@^0.1.0"],
    ["server/server.ts", "@tun/protocol-extra"],
    ["server/control/accept.ts", "../../protocol/mod.ts"],
    ["client/dial.ts", "@tun/server"],
    ["client/dial.ts", "../server/mod.ts"],
    ["client/dial.ts", "./../clients/mod.ts"],
    ["client/dial.ts", "/etc/x.ts"],
    ["client/dial.ts", "file:///etc/x.ts"],
  ];
  for (const [path, to] of forbidden) {
    for (const way of ways) assertEquals(broken(path, way(to)), DIRECTION, `${path} -> ${way(to)}`);
  }
});

Deno.test("import-direction allows what the layers allow", () => {
  const allowed: [path: string, to: string][] = [
    ["protocol/mux/mux.ts", "../errors.ts"],
    ["protocol/mux/mux.ts", "@std/encoding/hex"],
    ["server/control/accept.ts", "../server.ts"],
    ["server/control/accept.ts", "@tun/protocol"],
    ["server/control/accept.ts", "@tun/protocol/testing"],
    ["client/dial.ts", "jsr:@tun/protocol@^0.1.0"],
    ["client/dial.ts", "node:net"],
    ["client/dial_test.ts", "../server/mod.ts"],
    ["tests/e2e/http_test.ts", "../../server/mod.ts"],
    ["scripts/build.ts", "../client/mod.ts"],
    ["mod.ts", "@tun/server"],
  ];
  for (const [path, to] of allowed) {
    assertEquals(broken(path, `import "${to}";`), [], `${path} -> ${to}`);
  }
});

Deno.test("import-direction knows a file by its absolute path", () => {
  const path = new URL("../client/dial.ts", import.meta.url).pathname;
  assertEquals(broken(path, 'import "../server/mod.ts";'), DIRECTION);
  assertEquals(broken(path, 'import "./mod.ts";'), []);
});

Deno.test("import-direction keeps node: out of the platform-free code", () => {
  assertEquals(broken("protocol/mux/mux.ts", 'import "node:net";'), DIRECTION);
  assertEquals(broken("protocol/transport/tcp.ts", 'import "node:net";'), []);
});

Deno.test("no-platform refuses the platform's names wherever they are read", () => {
  const uses = [
    "Deno.args;",
    "new WebSocket(url);",
    "new WebSocketStream(url);",
    "setTimeout(f, 1);",
    "setInterval(f, 1);",
    "clearTimeout(t);",
    "new Date();",
    "performance.now();",
    "console.log(1);",
    "fetch(url);",
    "globalThis.x;",
    "const o = { fetch };",
    "const o = { [Deno]: 1 };",
    "let a: WebSocket;",
    "let a: Deno.Conn;",
    "let a: typeof fetch;",
    "function f(now = performance) {}",
    "x[console];",
  ];
  for (const use of uses) assertEquals(broken("protocol/mux/mux.ts", use), PLATFORM, use);
});

Deno.test("no-platform refuses Math.random and nothing else of Math", () => {
  assertEquals(broken("protocol/backoff.ts", "Math.random();"), PLATFORM);
  assertEquals(broken("protocol/backoff.ts", "Math.max(1, 2);"), []);
});

Deno.test("no-platform lets a name be a label", () => {
  const labels = [
    "options.fetch(1);",
    "const o = { Date: 1 };",
    "interface O { fetch: string; console(): void }",
    "class C { performance = 1; fetch() {} }",
    "enum E { Date }",
    "'Deno';",
  ];
  for (const label of labels) assertEquals(broken("protocol/mux/mux.ts", label), [], label);
});

Deno.test("no-platform lets the platform in where it belongs", () => {
  const places = [
    "protocol/transport/tcp.ts",
    "protocol/clock.ts",
    "protocol/mux/mux_test.ts",
    "protocol/mux/mux_bench.ts",
    "server/server.ts",
    "client/agent.ts",
    "tests/e2e/http_test.ts",
  ];
  for (const path of places) assertEquals(broken(path, "Deno.args;"), [], path);
  assertEquals(broken("protocol/mux/clock.ts", "Deno.args;"), PLATFORM);
});
