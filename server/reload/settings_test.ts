import { Cidr } from "@tun/protocol/http1";
import { assertEquals } from "@std/assert";
import { SERVER_DEFAULTS, type ServerConfig, type TlsConfig } from "../config.ts";
import { configChanges, livePart } from "./settings.ts";

const TLS: TlsConfig = { cert: "c", key: "k", certFile: "cert.pem", keyFile: "key.pem" };

function changes(next: Partial<ServerConfig>, now: Partial<ServerConfig> = {}) {
  return configChanges({ ...SERVER_DEFAULTS, ...now }, { ...SERVER_DEFAULTS, ...next })
    .map(({ setting, isLive }) => `${setting}${isLive ? "" : " (restart)"}`);
}

Deno.test("configChanges() finds nothing in what was only read again", () => {
  const networks = () => [Cidr.parse("10.0.0.0/8")!, Cidr.parse("::1")!];
  assertEquals(
    changes(
      { trustedProxies: networks(), tls: { ...TLS }, auth: { kind: "jwt", secret: "s" } },
      { trustedProxies: networks(), tls: { ...TLS }, auth: { kind: "jwt", secret: "s" } },
    ),
    [],
  );
});

Deno.test("configChanges() names each setting by its flag, in the order of the table", () => {
  assertEquals(
    changes({ idleTimeoutMs: 1, maxBody: 1, http: { hostname: "::", port: 1 }, state: "x" }),
    ["http (restart)", "state (restart)", "max-body", "idle-timeout"],
  );
  assertEquals(changes({}, { maxBody: 1 }), ["max-body"]);
  assertEquals(changes({ trustedProxies: [Cidr.parse("10.0.0.0/9")!] }), ["trusted-proxies"]);
});

Deno.test("configChanges() sees a certificate whose files have the same names", () => {
  assertEquals(changes({ tls: { ...TLS, cert: "d" } }, { tls: TLS }), ["tls-cert"]);
});

Deno.test("configChanges() wants a restart where TLS comes or goes, or tokens do", () => {
  assertEquals(changes({ tls: TLS }), ["tls-cert (restart)"]);
  assertEquals(changes({}, { tls: TLS }), ["tls-cert (restart)"]);
  assertEquals(changes({ auth: { kind: "none" } }), ["no-auth (restart)"]);
  assertEquals(changes({ auth: { kind: "jwt", secret: "s" } }, { auth: { kind: "none" } }), [
    "no-auth (restart)",
  ]);
});

Deno.test("configChanges() tells which part of the keys differs", () => {
  const now = { kind: "jwt", secret: "s", issuer: "i" } as const;
  const next = { kind: "jwt", secret: "t", issuer: "i", audience: "a" } as const;
  assertEquals(changes({ auth: next }, { auth: now }), ["jwt-secret", "audience"]);
});

Deno.test("livePart() keeps what would need a restart", () => {
  const now = { ...SERVER_DEFAULTS, publicUrl: "https://a.example" };
  const next: ServerConfig = {
    ...SERVER_DEFAULTS,
    domain: "b.example",
    idleTimeoutMs: 1,
    tls: TLS,
  };
  assertEquals(livePart(now, next), { ...now, idleTimeoutMs: 1 });
});
