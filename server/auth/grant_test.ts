import { assertEquals, assertThrows } from "@std/assert";
import { HandshakeRefused } from "@tun/protocol";
import { type Grant, grantFromClaims, tunnelFault, type TunnelWish } from "./grant.ts";

Deno.test("grantFromClaims() gives nothing that no claim gives", () => {
  const { names, ports, kinds, tunnels, ...limits } = grantFromClaims({ sub: "ada" });
  assertEquals([names, ports, kinds, tunnels], [[], [], ["http", "tcp"], 100]);
  assertEquals(limits, {
    streams: Infinity,
    requestsPerSecond: Infinity,
    bytesPerSecond: Infinity,
    sessionMs: Infinity,
    visitors: null,
  });
});

Deno.test("grantFromClaims() reads every right", () => {
  const { visitors, ...grant } = grantFromClaims({
    names: ["app", "pr-*"],
    ports: ["30000", "30100-30200"],
    kinds: ["tcp"],
    tunnels: 2,
    streams: 10,
    rps: 20,
    bps: 1000,
    ttl: 3600,
    visitors: ["10.0.0.0/8", "::1"],
  });
  assertEquals(grant, {
    names: ["app", "pr-*"],
    ports: [{ first: 30000, last: 30000 }, { first: 30100, last: 30200 }],
    kinds: ["tcp"],
    tunnels: 2,
    streams: 10,
    requestsPerSecond: 20,
    bytesPerSecond: 1000,
    sessionMs: 3_600_000,
  });
  assertEquals(visitors?.map((network) => network.contains("10.1.2.3")), [true, false]);
});

/** What no claim may say: refused as a whole, and never read as more. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  names: ["*", null, 1, [1], [null], [""], ["a.b"], ["A"], ["a".repeat(64)], [["a"]], { 0: "a" }],
  ports: ["1", 1, [1], ["0"], ["01"], ["65536"], ["2-1"], ["1-"], ["-1"], ["1-2-3"], ["*"], [" 1"]],
  kinds: ["http", ["HTTP"], ["udp"], [1], [""], {}],
  tunnels: [0, -1, 1.5, "1", null, Infinity, NaN, 2 ** 53, [1], true],
  streams: [0, -1, 1.5, "1", null],
  rps: [0, -1, 1.5, "1", null],
  bps: [0, -1, 1.5, "1", null],
  ttl: [0, -1, 1.5, "1", null],
  visitors: ["::1", [1], ["10.0.0.1/8"], ["10.0.0.0/33"], ["host"], [""], null],
};

for (const [claim, values] of Object.entries(WRONG)) {
  Deno.test(`grantFromClaims() refuses ${claim} that make no sense`, () => {
    for (const value of values) {
      const error = assertThrows(
        () => grantFromClaims({ [claim]: value }),
        HandshakeRefused,
        claim,
        JSON.stringify(value),
      );
      assertEquals(error.reason, "claim_invalid");
    }
  });
}

Deno.test("grantFromClaims() refuses lists that are too long", () => {
  const names = Array.from({ length: 257 }, (_, i) => `n${i}`);
  assertThrows(() => grantFromClaims({ names }), HandshakeRefused);
  assertEquals(grantFromClaims({ names: names.slice(1) }).names.length, 256);
});

const http = (name?: string): TunnelWish => ({ kind: "http", name });
const tcp = (port?: number): TunnelWish => ({ kind: "tcp", port });

/** Claims, what is asked for, how many there are beside it, and what is against it. */
const RIGHTS: readonly (readonly [Record<string, unknown>, TunnelWish, number, string?])[] = [
  [{}, http(), 0],
  [{}, http("app"), 0, "not_permitted"],
  [{ names: [] }, http("app"), 0, "not_permitted"],
  [{ names: ["app"] }, http("app"), 0],
  [{ names: ["app"] }, http("apps"), 0, "not_permitted"],
  [{ names: ["app"] }, http("ap"), 0, "not_permitted"],
  [{ names: ["app"] }, http("APP"), 0, "not_permitted"],
  [{ names: ["app"] }, http("app."), 0, "not_permitted"],
  [{ names: ["app"] }, http(""), 0, "not_permitted"],
  [{ names: ["app"] }, http(), 0],
  [{ names: ["a", "b"] }, http("b"), 0],
  [{ names: ["*"] }, http("anything-at-all"), 0],
  [{ names: ["pr-*"] }, http("pr-1"), 0],
  [{ names: ["pr-*"] }, http("pr-"), 0],
  [{ names: ["pr-*"] }, http("pr"), 0, "not_permitted"],
  [{ names: ["pr-*"] }, http("xpr-1"), 0, "not_permitted"],
  [{ names: ["*-dev"] }, http("a-dev"), 0],
  [{ names: ["*-dev"] }, http("a-dev-b"), 0, "not_permitted"],
  [{ names: ["a*b"] }, http("ab"), 0],
  [{ names: ["a*b"] }, http("a-b"), 0],
  [{ names: ["a*a"] }, http("a"), 0, "not_permitted"],
  [{ names: ["a-*"] }, http("ab"), 0, "not_permitted"],
  [{}, tcp(), 0],
  [{}, tcp(30000), 0, "port_refused"],
  [{ ports: ["30000"] }, tcp(30000), 0],
  [{ ports: ["30000"] }, tcp(29999), 0, "port_refused"],
  [{ ports: ["30000"] }, tcp(30001), 0, "port_refused"],
  [{ ports: ["30000-30002"] }, tcp(30000), 0],
  [{ ports: ["30000-30002"] }, tcp(30002), 0],
  [{ ports: ["30000-30002"] }, tcp(30003), 0, "port_refused"],
  [{ ports: ["30000-30002"] }, tcp(30000.5), 0, "port_refused"],
  [{ kinds: [] }, http(), 0, "not_permitted"],
  [{ kinds: [] }, tcp(), 0, "not_permitted"],
  [{ kinds: ["http"] }, http(), 0],
  [{ kinds: ["http"], ports: ["1-65535"] }, tcp(30000), 0, "not_permitted"],
  [{ kinds: ["tcp"], names: ["*"] }, http("app"), 0, "not_permitted"],
  [{ kinds: ["tcp"] }, tcp(), 0],
  [{ tunnels: 2 }, http(), 1],
  [{ tunnels: 2 }, http(), 2, "not_permitted"],
  [{ tunnels: 2 }, http(), 3, "not_permitted"],
  [{}, http(), 99],
  [{}, http(), 100, "not_permitted"],
];

for (const [claims, wish, others, code] of RIGHTS) {
  const asked = `${JSON.stringify(wish)} beside ${others}`;
  Deno.test(`${JSON.stringify(claims)} ${code ? "refuses" : "grants"} ${asked}`, () => {
    const grant: Grant = grantFromClaims(claims);
    assertEquals(tunnelFault(grant, wish, others)?.code, code);
  });
}
