import { assertEquals, assertThrows } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { HandshakeFailed, HandshakeRefused } from "../errors.ts";
import {
  decodeHello,
  decodeRefused,
  decodeWelcome,
  encodeHello,
  encodeRefused,
  encodeWelcome,
  type Hello,
  type Terms,
  type Welcome,
} from "./handshake.ts";
import { RECORD_HEADER_BYTES } from "./record.ts";

const TERMS: Terms = { streams: 100, window: 65_536, resend: 65_536 };

const HELLO: Hello = {
  versions: [1, 1],
  agent: "tun/1.0",
  nonce: "00112233445566778899aabbccddeeff",
  require: [],
  terms: TERMS,
};

const WELCOME: Welcome = {
  version: 1,
  agent: "tun-server/1.0",
  instance: "0123456789abcdef",
  link: "00112233445566778899aabbccddeeff",
  secret: "ab".repeat(32),
  resumeMs: 60_000,
  pingAfterMs: 10_000,
  deadAfterMs: 15_000,
  terms: TERMS,
};

function payloadOf(record: Uint8Array): Uint8Array {
  return record.subarray(RECORD_HEADER_BYTES);
}

/** A HELLO's payload with its JSON taken from `json`. */
function helloOf(json: unknown, versions: readonly [number, number] = [1, 1]): Uint8Array {
  const text = typeof json === "string" ? json : JSON.stringify(json);
  return Uint8Array.of(0x74, 0x75, 0x6e, ...versions, ...new TextEncoder().encode(text));
}

const { versions: _, ...HELLO_JSON } = HELLO;

function refusalOf(payload: Uint8Array): string {
  return assertThrows(() => decodeHello(payload), HandshakeRefused).code;
}

function hex(random: SeededRandom, bytes: number): string {
  return Array.from(random.bytes(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function text(random: SeededRandom, most: number): string {
  let made = "";
  while (made.length < most - 2 && random.chance(0.9)) {
    made += random.pick(["a", "é", "€", "😀", '"', "\\", "\n", "\0", "{"]);
  }
  return made;
}

function terms(random: SeededRandom): Terms {
  return {
    streams: random.sizeFrom(1, 65_536),
    window: random.sizeFrom(1024, 0x7fff_ffff),
    resend: random.sizeFrom(65_536, 16_777_216),
  };
}

Deno.test("HELLO, WELCOME and REFUSED read as they were made", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new SeededRandom(seed);
    const hello: Hello = {
      versions: [random.below(2), 1 + random.below(255)],
      agent: text(random, 200),
      nonce: hex(random, 16),
      ...(random.chance(0.5) ? { token: text(random, 1000) } : {}),
      ...(random.chance(0.5) ? { leaseKey: hex(random, 32) } : {}),
      require: [],
      terms: terms(random),
    };
    assertEquals(decodeHello(payloadOf(encodeHello(hello))), hello);
    const welcome: Welcome = {
      version: 1,
      agent: text(random, 200),
      instance: text(random, 64),
      link: hex(random, 16),
      secret: hex(random, 32),
      resumeMs: random.below(86_400_001),
      pingAfterMs: random.sizeFrom(10, 3_600_000),
      deadAfterMs: random.sizeFrom(20, 3_600_000),
      terms: terms(random),
    };
    assertEquals(decodeWelcome(payloadOf(encodeWelcome(welcome))), welcome);
    const refusal = new HandshakeRefused(text(random, 64), text(random, 1000), {
      final: random.chance(0.5),
      retryAfterMs: random.below(86_400_001),
    });
    const read = decodeRefused(payloadOf(encodeRefused(refusal)));
    assertEquals(
      [read.code, read.message, read.final, read.retryAfterMs],
      [refusal.code, refusal.message, refusal.final, refusal.retryAfterMs],
    );
  }
});

Deno.test("A REFUSED can be read whatever the one who refuses has said", () => {
  const said = new HandshakeRefused("overloaded", "\u{1f600}".repeat(5000), {
    retryAfterMs: 1e12 + 0.5,
  });
  const read = decodeRefused(payloadOf(encodeRefused(said)));
  assertEquals([read.code, read.retryAfterMs], ["overloaded", 86_400_000]);
  const soon = new HandshakeRefused("draining", "", { retryAfterMs: 0.25 });
  assertEquals(decodeRefused(payloadOf(encodeRefused(soon))).retryAfterMs, 1);
});

Deno.test("A HELLO that does not start with tun is bad", () => {
  const payload = payloadOf(encodeHello(HELLO));
  for (let at = 0; at < 3; at++) {
    const wrong = payload.slice();
    wrong[at]! ^= 0x20;
    assertEquals(refusalOf(wrong), "bad_hello");
  }
  for (let length = 0; length < payload.length; length++) {
    assertEquals(refusalOf(payload.subarray(0, length)), "bad_hello", `cut to ${length}`);
  }
});

Deno.test("A HELLO without version 1 in its range is told so, whatever else it says", () => {
  for (const range of [[2, 255], [0, 0], [2, 1]] as const) {
    assertEquals(refusalOf(helloOf("from the future", range)), "version_mismatch");
  }
  assertEquals(decodeHello(helloOf(HELLO_JSON, [0, 255])).versions, [0, 255]);
});

Deno.test("A HELLO with bytes behind its JSON is bad", () => {
  const payload = payloadOf(encodeHello(HELLO));
  assertEquals(refusalOf(Uint8Array.of(...payload, 0)), "bad_hello");
  assertEquals(refusalOf(Uint8Array.of(...payload, 0x7d)), "bad_hello");
});

Deno.test("A HELLO's requirement that we do not know is named", () => {
  const error = assertThrows(
    () => decodeHello(helloOf({ ...HELLO_JSON, require: ["zstd"] })),
    HandshakeRefused,
    '"zstd"',
  );
  assertEquals(error.code, "requirement_unknown");
});

Deno.test("A HELLO's unknown keys are ignored", () => {
  assertEquals(decodeHello(helloOf({ ...HELLO_JSON, shoeSize: 43 })), HELLO);
});

for (
  const [what, json] of Object.entries<unknown>({
    "no JSON": "{",
    "invalid UTF-8": "",
    "a list": [],
    "null": null,
    "text": '"hello"',
    "no agent": { ...HELLO_JSON, agent: undefined },
    "an agent too long": { ...HELLO_JSON, agent: "x".repeat(201) },
    "a nonce too short": { ...HELLO_JSON, nonce: "00" },
    "a nonce in capitals": { ...HELLO_JSON, nonce: HELLO.nonce.toUpperCase() },
    "a nonce with a newline": { ...HELLO_JSON, nonce: HELLO.nonce.slice(1) + "\n" },
    "a token that is no text": { ...HELLO_JSON, token: 7 },
    "a token too long": { ...HELLO_JSON, token: "x".repeat(12 * 1024 + 1) },
    "a lease key that is null": { ...HELLO_JSON, leaseKey: null },
    "a requirement that is no text": { ...HELLO_JSON, require: [7] },
    "no terms": { ...HELLO_JSON, terms: undefined },
    "terms that are null": { ...HELLO_JSON, terms: null },
    "no streams": { ...HELLO_JSON, terms: { ...TERMS, streams: 0 } },
    "too many streams": { ...HELLO_JSON, terms: { ...TERMS, streams: 65_537 } },
    "half a stream": { ...HELLO_JSON, terms: { ...TERMS, streams: 1.5 } },
    "a window too large": { ...HELLO_JSON, terms: { ...TERMS, window: 2 ** 31 } },
    "too little resend memory": { ...HELLO_JSON, terms: { ...TERMS, resend: 65_535 } },
    "too much resend memory": { ...HELLO_JSON, terms: { ...TERMS, resend: 2 ** 24 + 1 } },
    "terms by inheritance": '{"__proto__":{"terms":{}}}',
    "a number as text": { ...HELLO_JSON, terms: { ...TERMS, streams: "1" } },
    "nesting as deep as it can be": "[".repeat(16_000),
  })
) {
  Deno.test(`A HELLO with ${what} is bad`, () => {
    const payload = what === "invalid UTF-8"
      ? Uint8Array.of(...helloOf(""), 0x22, 0xff, 0x22)
      : helloOf(json);
    assertEquals(refusalOf(payload), "bad_hello");
  });
}

Deno.test("A WELCOME with a field missing or wrong does not come from a tun server", () => {
  const encoder = new TextEncoder();
  for (const name of Object.keys(WELCOME)) {
    for (const value of [undefined, null, -1, "x", []]) {
      if (value === "x" && (name === "agent" || name === "instance")) continue;
      const json = JSON.stringify({ ...WELCOME, [name]: value });
      const error = assertThrows(() => decodeWelcome(encoder.encode(json)), HandshakeFailed);
      assertEquals(error.code, "not_tun", `${name}: ${value}`);
    }
  }
});

Deno.test("Garbage for a HELLO, WELCOME or REFUSED fails in the way that is documented", () => {
  const payloads = [
    payloadOf(encodeHello({ ...HELLO, token: "t" })),
    payloadOf(encodeWelcome(WELCOME)),
    payloadOf(encodeRefused(new HandshakeRefused("draining", "later"))),
  ];
  const random = new SeededRandom(3);
  for (let round = 0; round < 5000; round++) {
    const payload = random.pick(payloads).slice();
    for (let changes = 1 + random.below(3); changes > 0; changes--) {
      payload[random.below(payload.length)] = random.below(256);
    }
    for (const decode of [decodeHello, decodeWelcome, decodeRefused]) {
      try {
        decode(payload);
      } catch (error) {
        const expected = decode === decodeHello ? HandshakeRefused : HandshakeFailed;
        if (!(error instanceof expected)) throw error;
      }
    }
  }
});
