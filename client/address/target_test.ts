import { assertEquals, assertThrows } from "@std/assert";
import {
  hostHeaderOf,
  parseTarget,
  portTarget,
  type Target,
  targetIdentity,
  targetLabel,
  type TunnelKind,
} from "./target.ts";
import { UsageError } from "../usage_error.ts";

const PAIR = ["127.0.0.1", "::1"];

function address(
  host: string,
  port: number,
  addresses: readonly string[],
  protocol: "http" | "https" | "tcp" = "http",
): Target {
  return { kind: "address", protocol, host, port, addresses };
}

Deno.test("parseTarget reads every form of a target", () => {
  const cases: [string, TunnelKind, Target][] = [
    ["3000", "http", address("127.0.0.1", 3000, PAIR)],
    [" 3000 ", "http", address("127.0.0.1", 3000, PAIR)],
    [":3000", "http", address("127.0.0.1", 3000, PAIR)],
    ["65535", "http", address("127.0.0.1", 65535, PAIR)],
    ["localhost:3000", "http", address("localhost", 3000, PAIR)],
    ["LocalHost:3000", "http", address("localhost", 3000, PAIR)],
    ["127.0.0.1:3000", "http", address("127.0.0.1", 3000, ["127.0.0.1"])],
    ["0.0.0.0:3000", "http", address("0.0.0.0", 3000, ["127.0.0.1"])],
    ["[::]:3000", "http", address("::", 3000, ["::1", "127.0.0.1"])],
    ["[::1]:3000", "http", address("::1", 3000, ["::1"])],
    ["my_app:8080", "http", address("my_app", 8080, ["my_app"])],
    ["http://localhost:3000/", "http", address("localhost", 3000, PAIR)],
    ["http://app", "http", address("app", 80, ["app"])],
    ["https://app", "http", address("app", 443, ["app"], "https")],
    ["HTTPS://app:8443", "http", address("app", 8443, ["app"], "https")],
    ["22", "tcp", address("127.0.0.1", 22, PAIR, "tcp")],
    ["tcp://db:5432", "tcp", address("db", 5432, ["db"], "tcp")],
    ["/run/app.sock", "http", { kind: "socket", protocol: "http", path: "/run/app.sock" }],
    ["./app.sock", "http", { kind: "socket", protocol: "http", path: "./app.sock" }],
    ["../app.sock", "tcp", { kind: "socket", protocol: "tcp", path: "../app.sock" }],
    ["unix:app.sock", "http", { kind: "socket", protocol: "http", path: "app.sock" }],
  ];
  for (const [typed, kind, target] of cases) assertEquals(parseTarget(typed, kind), target, typed);
});

Deno.test("parseTarget says what was expected", () => {
  const forms = "expected a port (3000), host:port, a URL or a unix socket path";
  const cases: [string, TunnelKind, string][] = [
    ["0", "http", `target "0": expected a port from 1 to 65535`],
    ["65536", "http", `target "65536": expected a port from 1 to 65535`],
    ["-1", "http", `target "-1": expected a port from 1 to 65535`],
    ["localhost:99999", "http", `target "localhost:99999": expected a port from 1 to 65535`],
    ["localhost:", "http", `target "localhost:": expected a port from 1 to 65535`],
    ["localhost:http", "http", `target "localhost:http": expected a port from 1 to 65535`],
    ["localhost", "http", `target "localhost": it needs a port: localhost:3000`],
    ["example.com", "http", `target "example.com": it needs a port: example.com:3000`],
    ["shop", "http", `target "shop": ${forms}`],
    ["", "http", `target "": it needs a port: localhost:3000`],
    ["::1:3000", "http", `target "::1:3000": IPv6 addresses need brackets: [::1]:3000`],
    ["fe80::1", "http", `target "fe80::1": IPv6 addresses need brackets: [::1]:3000`],
    ["10.0.0.1", "http", `target "10.0.0.1": it needs a port: 10.0.0.1:3000`],
    ["[::1", "http", `target "[::1": ${forms}`],
    ["[zz]:80", "http", `target "[zz]:80": ${forms}`],
    ["a b:80", "http", `target "a b:80": ${forms}`],
    ["3000.5", "http", `target "3000.5": ${forms}`],
    [
      "http://localhost:3000/api",
      "http",
      `target "http://localhost:3000/api": a tunnel shares a whole service, leave out /api`,
    ],
    [
      "localhost:3000?x",
      "http",
      `target "localhost:3000?x": a tunnel shares a whole service, leave out ?x`,
    ],
    ["ftp://x", "http", `target "ftp://x": expected http:// or https://`],
    ["tcp://x:1", "http", 'target "tcp://x:1": use `tun tcp`'],
    ["http://x:1", "tcp", `target "http://x:1": a tcp tunnel carries bytes, write host:port`],
    ["tcp://x", "tcp", `target "tcp://x": it needs a host and a port`],
    ["http://u:p@x", "http", `target "http://********@x": leave out the user name and password`],
    ["unix:", "http", `target "": expected the path of a unix socket`],
    ["/tmp/", "http", `target "/tmp/": expected the path of a unix socket`],
  ];
  for (const [typed, kind, message] of cases) {
    const error = assertThrows(() => parseTarget(typed, kind), UsageError);
    assertEquals(error.message, message, typed);
  }
});

Deno.test("portTarget dials only the host that was named", () => {
  assertEquals(portTarget(80, "http", "127.0.0.1"), address("127.0.0.1", 80, ["127.0.0.1"]));
  assertEquals(portTarget(80, "http", "localhost"), address("localhost", 80, PAIR));
  assertEquals(portTarget(80, "http", "::1"), address("::1", 80, ["::1"]));
  assertEquals(portTarget(80, "http", "[::1]"), address("::1", 80, ["::1"]));
  for (const host of ["a:80", "http://a", "a/b", "", "u@h"]) {
    assertThrows(() => portTarget(80, "http", host), UsageError, "--host: expected a host name");
  }
});

Deno.test("targetLabel and hostHeaderOf say where requests go", () => {
  const cases = [
    ["3000", "127.0.0.1:3000", "127.0.0.1:3000"],
    ["http://app", "app:80", "app"],
    ["https://app:443", "https://app:443", "app"],
    ["https://[::1]:8443", "https://[::1]:8443", "[::1]:8443"],
    ["http://[::1]", "[::1]:80", "[::1]"],
    ["./a.sock", "unix:./a.sock", "localhost"],
  ] as const;
  for (const [typed, label, host] of cases) {
    assertEquals(targetLabel(parseTarget(typed, "http")), label);
    assertEquals(hostHeaderOf(parseTarget(typed, "http")), host);
  }
});

Deno.test("targetIdentity is one for all spellings of one service", () => {
  const identity = (typed: string): string => targetIdentity(parseTarget(typed, "http"), "/home/a");
  const local = ["3000", "localhost:3000", "127.0.0.1:3000", "[::1]:3000", "http://0.0.0.0:3000"];
  for (const typed of local) assertEquals(identity(typed), "localhost:3000", typed);
  assertEquals(identity("127.0.0.2:3000"), "127.0.0.2:3000");
  assertEquals(identity("./a.sock"), "unix:/home/a/a.sock");
  assertEquals(identity("unix:a.sock"), "unix:/home/a/a.sock");
  assertEquals(identity("/run/a.sock"), "unix:/run/a.sock");
});
