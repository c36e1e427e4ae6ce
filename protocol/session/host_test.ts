import { assert, assertEquals, assertRejects } from "@std/assert";
import { Lab, say } from "../../tests/resume/lab.ts";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { HandshakeFailed, HandshakeRefused } from "../errors.ts";
import { decodeRefused, encodeHello } from "../link/handshake.ts";
import { encodeRecord, RecordType } from "../link/record.ts";
import { memoryPair } from "../transport/memory.ts";
import { type Transport, TransportError } from "../transport/transport.ts";
import { ClientSession, newNonce } from "./client.ts";
import type { Accepted } from "./host.ts";

function hello(nonce = newNonce()): Uint8Array {
  return encodeHello({
    versions: [1, 1],
    agent: "test",
    nonce,
    require: [],
    terms: { streams: 10, window: 65_536, resend: 65_536 },
  });
}

function codeOf(result: Accepted): string {
  if (result.kind === "refused") return result.code;
  if (result.kind !== "failed") return result.kind;
  const { error } = result;
  if (error instanceof HandshakeFailed || error instanceof TransportError) return error.code;
  throw error;
}

/** Reads until the other end is gone, and gives what came. */
async function readAll(transport: Transport): Promise<number> {
  let bytes = 0;
  try {
    for (let piece = await transport.read(); piece !== null; piece = await transport.read()) {
      bytes += piece.length;
    }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
  }
  return bytes;
}

Deno.test("A refused client reads why before the connection goes", async () => {
  const lab = new Lab({}, {
    authenticate: () => {
      throw new HandshakeRefused("token_refused", "Who are you?", { retryAfterMs: 7 });
    },
  });
  const { pair, accepted } = lab.dial({ latencyMs: 100 });
  const error = await assertRejects(
    () => lab.run(ClientSession.start(pair.a, lab.clientOptions())),
    HandshakeRefused,
  );
  assertEquals(
    [error.code, error.message, error.final, error.retryAfterMs],
    ["token_refused", "Who are you?", true, 7],
  );
  assertEquals(await lab.run(accepted), { kind: "refused", code: "token_refused" });
  await assertRejects(() => pair.a.read(), TransportError);
  await lab.end();
});

Deno.test("A refused client that does not hang up is hung up on after a second", async () => {
  const lab = new Lab();
  lab.host.drain();
  const { pair, accepted } = lab.dial();
  const answer = await say(lab, pair.a, hello());
  assertEquals(decodeRefused(answer.payload).code, "draining");
  const from = lab.clock.now();
  assertEquals(codeOf(await lab.run(accepted)), "draining");
  assertEquals(lab.clock.now() - from, 1000);
  await assertRejects(() => pair.b.read(), TransportError);
  await lab.end();
});

Deno.test("A host that drains refuses HELLO for now, and still resumes", async () => {
  const lab = new Lab();
  const session = await lab.start();
  lab.host.drain();
  const { pair } = lab.dial();
  const error = await assertRejects(
    () => lab.run(ClientSession.start(pair.a, lab.clientOptions())),
    HandshakeRefused,
  );
  assertEquals([error.code, error.final, error.retryAfterMs > 0], ["draining", false, true]);
  session.pair.cut();
  const next = lab.dial();
  await lab.run(session.client.resume(next.pair.a));
  await lab.checkAlive(session);
  await lab.end(session.client);
});

Deno.test("A peer that says nothing is given ten seconds", async () => {
  const lab = new Lab();
  const { accepted } = lab.dial();
  const result = await lab.run(accepted);
  assertEquals([codeOf(result), lab.clock.now()], ["timeout", 10_000]);
  await lab.end();
});

Deno.test("A peer that says one byte a second is given ten seconds as well", async () => {
  const lab = new Lab();
  const { pair, accepted } = lab.dial();
  const record = hello();
  for (let i = 0; i < 12; i++) {
    const write = () => pair.a.write(record.subarray(i, i + 1)).catch(() => {});
    lab.clock.schedule(i * 1000, () => void write());
  }
  const result = await lab.run(accepted);
  assertEquals([codeOf(result), lab.clock.now()], ["timeout", 10_000]);
  await lab.end();
});

Deno.test("A peer that does not read its answer is given ten seconds as well", async () => {
  const lab = new Lab();
  const { pair, accepted } = lab.dial({ inFlightBytes: 300 });
  const record = hello();
  void pair.a.write(record).catch(() => {});
  const result = await lab.run(accepted);
  assertEquals([codeOf(result), lab.clock.now()], ["timeout", 10_000]);
  await lab.end();
});

Deno.test("A HELLO can come in any pieces, and with bytes read before", async () => {
  const lab = new Lab();
  const record = hello();
  for (const size of [1, 2, 3, 7, 100]) {
    const { pair, accepted } = lab.dial({ chunking: [size] });
    const answer = await say(lab, pair.a, record);
    assertEquals(answer.type, RecordType.welcome);
    assertEquals(codeOf(await lab.run(accepted)), "started");
  }
  for (const leading of [1, 4, 50, record.length]) {
    const pair = memoryPair({ clock: lab.clock });
    const accepted = lab.host.accept(pair.b, record.slice(0, leading));
    if (leading < record.length) await pair.a.write(record.subarray(leading));
    assertEquals(codeOf(await lab.run(accepted)), "started");
  }
  await lab.end();
});

Deno.test("What comes right behind a HELLO belongs to the session", async () => {
  const lab = new Lab();
  const { pair, accepted } = lab.dial();
  const ping = encodeRecord(RecordType.ping, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  await pair.a.write(Uint8Array.of(...hello(), ...ping));
  const result = await lab.run(accepted);
  assert(result.kind === "started");
  await lab.settle();
  assertEquals(result.session.state, "connected");
  await lab.end();
});

Deno.test("A CLOSE right behind a HELLO ends the session, and its transport", async () => {
  const lab = new Lab();
  const { pair, accepted } = lab.dial();
  const close = encodeRecord(RecordType.close, Uint8Array.of(0, 0));
  await pair.a.write(Uint8Array.of(...hello(), ...close));
  await pair.a.closeWrite();
  const result = await lab.run(accepted);
  assert(result.kind === "started");
  const from = lab.clock.now();
  assert(await lab.run(readAll(pair.a)) > 0);
  assertEquals(lab.clock.now(), from, "nobody has to wait for anybody");
  assertEquals([result.session.end?.code, result.session.end?.origin], ["normal", "remote"]);
  await lab.end();
});

for (
  const [what, bytes, code] of [
    ["HTTP", new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "not_tun"],
    ["a TLS handshake", Uint8Array.of(0x16, 3, 1, 0, 200, 1, 0, 0), "not_tun"],
    ["SSH", new TextEncoder().encode("SSH-2.0-OpenSSH_9.6\r\n"), "not_tun"],
    ["a HELLO of 16 MiB", Uint8Array.of(0xf0, 0xff, 0xff, 0xff), "not_tun"],
    ["a HELLO of no bytes", Uint8Array.of(0xf0, 0, 0, 0), "not_tun"],
    ["DATA", encodeRecord(RecordType.data, new Uint8Array(100)), "not_tun"],
    ["a PING", encodeRecord(RecordType.ping, new Uint8Array(8)), "not_tun"],
    ["a WELCOME", encodeRecord(RecordType.welcome, new Uint8Array(8)), "not_tun"],
  ] as const
) {
  Deno.test(`A peer that starts with ${what} is hung up on at once, without an answer`, async () => {
    const lab = new Lab();
    const { pair, accepted } = lab.dial();
    await pair.a.write(bytes);
    assertEquals(codeOf(await lab.run(accepted)), code);
    assertEquals([lab.clock.now(), await lab.run(readAll(pair.a))], [0, 0]);
    await lab.end();
  });
}

Deno.test("A peer that hangs up, or is cut off, in its HELLO has failed", async () => {
  const lab = new Lab();
  const ended = lab.dial();
  await ended.pair.a.write(hello().subarray(0, 20));
  await ended.pair.a.closeWrite();
  assertEquals(codeOf(await lab.run(ended.accepted)), "cut");
  const lost = lab.dial();
  lost.pair.cut();
  assertEquals(codeOf(await lab.run(lost.accepted)), "connection_lost");
  await lab.end();
});

Deno.test("Sessions beyond the limit are refused for now, and none of the others suffers", async () => {
  const lab = new Lab({}, {}, { maxSessions: 2 });
  const kept = [await lab.start(), await lab.start()];
  const { pair } = lab.dial();
  const error = await assertRejects(
    () => lab.run(ClientSession.start(pair.a, lab.clientOptions())),
    HandshakeRefused,
  );
  assertEquals([error.code, error.final], ["overloaded", false]);
  for (const session of kept) await lab.checkAlive(session);
  kept[0]!.client.session.close();
  await lab.settle();
  const next = await lab.start();
  await lab.end(kept[0]!.client, kept[1]!.client, next.client);
});

Deno.test("Credentials are checked of so many at once, and others are refused for now", async () => {
  const gate = Promise.withResolvers<void>();
  const lab = new Lab({}, { authenticate: async () => (await gate.promise, "x") }, {
    maxHandshakes: 2,
  });
  const waiting = [lab.dial(), lab.dial()];
  for (const { pair } of waiting) await pair.a.write(hello());
  await lab.settle();
  const { pair, accepted } = lab.dial();
  const answer = await say(lab, pair.a, hello());
  assertEquals(decodeRefused(answer.payload).code, "overloaded");
  pair.a.close();
  assertEquals(codeOf(await lab.run(accepted)), "overloaded");
  gate.resolve();
  for (const { accepted } of waiting) assertEquals(codeOf(await lab.run(accepted)), "started");
  await lab.end();
});

Deno.test("Peers that say nothing cannot keep out those who do", async () => {
  const lab = new Lab({}, {}, { maxHandshakes: 4 });
  const silent = Array.from({ length: 10 }, () => lab.dial());
  await lab.settle();
  const session = await lab.start();
  assertEquals(lab.clock.now(), 0);
  await lab.checkAlive(session);
  const results = await lab.run(Promise.all(silent.map(({ accepted }) => accepted)));
  const codes = results.map(codeOf);
  assertEquals(codes.filter((code) => code === "closed_locally").length, 7);
  assertEquals(codes.filter((code) => code === "timeout").length, 3);
  await lab.end(session.client);
});

Deno.test("A session whose owner will not have it after all leaves nothing behind", async () => {
  for (const thrown of [new HandshakeRefused("overloaded", "No more"), new Error("a bug")]) {
    const lab = new Lab({}, {
      onSession: () => {
        throw thrown;
      },
    });
    const { pair, accepted } = lab.dial();
    const outcome = accepted.catch((error: unknown) => error);
    await assertRejects(() => lab.run(ClientSession.start(pair.a, lab.clientOptions())));
    const result = await lab.run(outcome);
    if (thrown instanceof HandshakeRefused) {
      assertEquals(result, { kind: "refused", code: "overloaded" });
    } else assertEquals(result, thrown);
    assertEquals(lab.host.sessions, []);
    await lab.end();
  }
});

Deno.test("A session whose WELCOME cannot be written leaves nothing behind", async () => {
  const lab = new Lab();
  const { pair, accepted } = lab.dial();
  pair.cutAfter("bToA", 5);
  await pair.a.write(hello());
  assertEquals(codeOf(await lab.run(accepted)), "connection_lost");
  await lab.settle();
  assertEquals(lab.host.sessions, []);
  await lab.end();
});

Deno.test("A client whose credential is still checked when it leaves starts no session", async () => {
  const gate = Promise.withResolvers<void>();
  const lab = new Lab({}, { authenticate: async () => (await gate.promise, "x") });
  const { pair, accepted } = lab.dial();
  await pair.a.write(hello());
  await lab.settle();
  pair.cut();
  gate.resolve();
  assertEquals(codeOf(await lab.run(accepted)), "connection_lost");
  await lab.settle();
  assertEquals(lab.host.sessions, []);
  await lab.end();
});

Deno.test("The WELCOME tells the server's terms, and the client keeps to its times", async () => {
  const lab = new Lab({ streams: 7, pingAfterMs: 3000, deadAfterMs: 5000, resumeMs: 1234 });
  const { client, server } = await lab.start();
  const { terms, pingAfterMs, deadAfterMs, resumeMs, link } = client.welcome;
  assertEquals([terms.streams, pingAfterMs, deadAfterMs, resumeMs], [7, 3000, 5000, 1234]);
  assertEquals(link, server.id);
  await lab.end(client);
});

Deno.test("10,000 handshakes of garbage leave nothing behind", async () => {
  const random = new SeededRandom(11);
  const lab = new Lab({}, {
    authenticate: () => Promise.reject(new HandshakeRefused("token_refused", "no")),
  });
  const good = hello("00".repeat(16));
  for (let batch = 0; batch < 100; batch++) {
    const accepts: Promise<Accepted>[] = [];
    for (let i = 0; i < 100; i++) {
      const { pair, accepted } = lab.dial({ inFlightBytes: 4096 });
      accepts.push(accepted);
      let bytes = random.bytes(random.sizeFrom(1, 600));
      if (random.chance(0.6)) {
        bytes = good.slice();
        for (let n = random.below(4); n > 0; n--) {
          bytes[random.below(bytes.length)] = random.below(256);
        }
        if (random.chance(0.3)) bytes[0] = random.pick([0xf0, 0xf3]);
      }
      void pair.a.write(bytes).catch(() => {});
      const ending = random.below(4);
      if (ending === 0) pair.cut("deliver");
      else if (ending === 1) void pair.a.closeWrite().catch(() => {});
      else if (ending === 2) pair.a.close();
    }
    for (const result of await lab.run(Promise.all(accepts))) {
      assert(result.kind === "refused" || result.kind === "failed", result.kind);
    }
    assertEquals([lab.clock.pendingTimers, lab.serverPool.lent], [0, 0]);
  }
  assertEquals(lab.host.sessions, []);
});
