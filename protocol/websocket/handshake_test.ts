import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  acceptFor,
  checkUpgradeRequest,
  checkUpgradeResponse,
  HandshakeError,
  newKey,
  upgradeRequest,
  upgradeResponse,
} from "./handshake.ts";

// RFC 6455, 1.3.
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

type Field = readonly [string, string];

const REQUEST: readonly Field[] = [
  ["Host", "example.com"],
  ["upgrade", "WebSocket"],
  ["Connection", "keep-alive, Upgrade"],
  ["Sec-WebSocket-Key", KEY],
  ["Sec-WebSocket-Version", "13"],
];

const RESPONSE: readonly Field[] = [
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Accept", ACCEPT],
];

function without(fields: readonly Field[], name: string): Field[] {
  return fields.filter(([key]) => key.toLowerCase() !== name);
}

Deno.test("acceptFor and newKey give the RFC's example values", async () => {
  assertEquals(await acceptFor(KEY), ACCEPT);
  assertEquals(newKey(new TextEncoder().encode("the sample nonce")), KEY);
  assertThrows(() => newKey(new Uint8Array(15)), RangeError);
});

Deno.test("checkUpgradeRequest accepts a good request and gives its key and protocols", () => {
  assertEquals(checkUpgradeRequest("GET", REQUEST), { kind: "accept", key: KEY, protocols: [] });
  const offered: Field[] = [
    ...REQUEST,
    ["Sec-WebSocket-Protocol", "tun.1, chat"],
    ["sec-websocket-protocol", "other"],
  ];
  assertEquals(checkUpgradeRequest("GET", offered), {
    kind: "accept",
    key: KEY,
    protocols: ["tun.1", "chat", "other"],
  });
});

Deno.test("checkUpgradeRequest refuses whatever is missing, doubled or wrong", () => {
  const cases: [string, string, readonly Field[], number][] = [
    ["POST", "POST", REQUEST, 405],
    ["lower case", "get", REQUEST, 405],
    ["no Upgrade", "GET", without(REQUEST, "upgrade"), 400],
    ["another upgrade", "GET", [...without(REQUEST, "upgrade"), ["Upgrade", "h2c"]], 400],
    ["no Connection", "GET", without(REQUEST, "connection"), 400],
    ["no version", "GET", without(REQUEST, "sec-websocket-version"), 426],
    ["two versions", "GET", [...REQUEST, ["Sec-WebSocket-Version", "13"]], 426],
    ["version 8", "GET", [
      ...without(REQUEST, "sec-websocket-version"),
      ["Sec-WebSocket-Version", "8"],
    ], 426],
    ["no key", "GET", without(REQUEST, "sec-websocket-key"), 400],
    ["two keys", "GET", [...REQUEST, ["Sec-WebSocket-Key", KEY]], 400],
    ["a short key", "GET", [
      ...without(REQUEST, "sec-websocket-key"),
      ["Sec-WebSocket-Key", "dGhlIHNhbXBsZQ=="],
    ], 400],
    ["a key that is not base64", "GET", [
      ...without(REQUEST, "sec-websocket-key"),
      ["Sec-WebSocket-Key", "!!!!!!!!!!!!!!!!!!!!!!=="],
    ], 400],
    ["a bad protocol", "GET", [...REQUEST, ["Sec-WebSocket-Protocol", "a b"]], 400],
    ["a protocol twice", "GET", [...REQUEST, ["Sec-WebSocket-Protocol", "a, a"]], 400],
  ];
  for (const [what, method, fields, status] of cases) {
    const verdict = checkUpgradeRequest(method, fields);
    assertEquals(verdict.kind === "refuse" ? verdict.status : 101, status, what);
  }
});

Deno.test("upgradeRequest and upgradeResponse are the bytes that the checks accept", () => {
  const request = upgradeRequest({
    host: "example.com",
    target: "/connect",
    key: KEY,
    protocols: ["tun.1"],
    fields: [["X-More", "1"]],
  });
  assertEquals(
    new TextDecoder().decode(request),
    "GET /connect HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n` +
      "Sec-WebSocket-Protocol: tun.1\r\nX-More: 1\r\n\r\n",
  );
  assertEquals(
    new TextDecoder().decode(upgradeResponse({ accept: ACCEPT, protocol: "tun.1" })),
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${ACCEPT}\r\nSec-WebSocket-Protocol: tun.1\r\n\r\n`,
  );
});

Deno.test("upgradeRequest and upgradeResponse refuse what would begin another line", () => {
  const good = { host: "h", target: "/", key: KEY };
  assertThrows(() => upgradeRequest({ ...good, host: "h\r\nX: y" }), TypeError);
  assertThrows(() => upgradeRequest({ ...good, target: "/ HTTP/1.1\r\n" }), TypeError);
  assertThrows(() => upgradeRequest({ ...good, fields: [["a:b", "c"]] }), TypeError);
  assertThrows(() => upgradeResponse({ accept: ACCEPT, protocol: "a\nb" }), TypeError);
});

Deno.test("checkUpgradeResponse gives the protocol of an answer to our own request", async () => {
  assertEquals(await checkUpgradeResponse(101, RESPONSE, { key: KEY }), null);
  const chosen: Field[] = [...RESPONSE, ["Sec-WebSocket-Protocol", "b"]];
  assertEquals(await checkUpgradeResponse(101, chosen, { key: KEY, protocols: ["a", "b"] }), "b");
});

Deno.test("checkUpgradeResponse refuses every other answer", async () => {
  const cases: [string, number, readonly Field[], string][] = [
    ["401", 401, RESPONSE, "refused"],
    ["200", 200, RESPONSE, "refused"],
    ["no Upgrade", 101, without(RESPONSE, "upgrade"), "invalid_response"],
    ["no Connection", 101, without(RESPONSE, "connection"), "invalid_response"],
    ["no accept", 101, without(RESPONSE, "sec-websocket-accept"), "invalid_response"],
    ["two accepts", 101, [...RESPONSE, ["Sec-WebSocket-Accept", ACCEPT]], "invalid_response"],
    ["an extension", 101, [
      ...RESPONSE,
      ["Sec-WebSocket-Extensions", "permessage-deflate"],
    ], "invalid_response"],
    ["a protocol", 101, [...RESPONSE, ["Sec-WebSocket-Protocol", "x"]], "invalid_response"],
  ];
  for (const [what, status, fields, code] of cases) {
    const error = await assertRejects(
      () => checkUpgradeResponse(status, fields, { key: KEY }),
      HandshakeError,
      undefined,
      what,
    );
    assertEquals([error.code, error.status], [code, status], what);
  }
  const other = { key: newKey(new Uint8Array(16)) };
  await assertRejects(() => checkUpgradeResponse(101, RESPONSE, other), HandshakeError);
});
