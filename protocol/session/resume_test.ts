import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  endOf,
  Lab,
  type LabSession,
  say,
  secretOf,
  TappedTransport,
} from "../../tests/resume/lab.ts";
import { HandshakeFailed, HandshakeRefused, SessionClosed } from "../errors.ts";
import { decodeRefused } from "../link/handshake.ts";
import { RecordType } from "../link/record.ts";
import { encodeResume, encodeResumed } from "../link/resume.ts";
import { memoryPair } from "../transport/memory.ts";
import { TransportError } from "../transport/transport.ts";
import { ClientSession, newNonce } from "./client.ts";
import { HandshakeReader } from "./handshake_reader.ts";

const RESUME_BYTES = 4 + 60;
const RESUMED_BYTES = 4 + 60;

/** Resumes over a fresh connection and checks that the session is whole. */
async function resumeWell(lab: Lab, session: LabSession): Promise<void> {
  const { pair, accepted } = lab.dial();
  await lab.run(session.client.resume(pair.a));
  assertEquals((await lab.run(accepted)).kind, "resumed");
  await lab.checkAlive(session);
}

/** Says `record` to the server and gives the code with which it is refused. */
async function refusalOf(lab: Lab, record: Uint8Array, secure = true): Promise<string> {
  const { pair, accepted } = lab.dial({ secure });
  const answer = await say(lab, pair.a, record);
  assertEquals(answer.type, RecordType.refused);
  const { code } = decodeRefused(answer.payload);
  pair.a.close();
  assertEquals(await lab.run(accepted), { kind: "refused", code });
  return code;
}

async function resumeRefusal(
  lab: Lab,
  session: LabSession,
  token?: string,
): Promise<HandshakeRefused> {
  const { pair } = lab.dial();
  const error = await assertRejects(
    () => lab.run(session.client.resume(pair.a, { token })),
    HandshakeRefused,
  );
  pair.a.close();
  return error;
}

async function pause(lab: Lab, session: LabSession): Promise<void> {
  session.pair.cut();
  await lab.settle();
  assertEquals([session.client.session.state, session.server.state], ["paused", "paused"]);
}

Deno.test("A session that lost its transport goes on over another, and both ends were told", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await lab.checkAlive(session);
  await pause(lab, session);
  await resumeWell(lab, session);
  assertEquals(session.clientEvents, ["paused", "resumed"]);
  assertEquals(session.serverEvents, ["paused", "resumed"]);
  await lab.end(session.client);
});

Deno.test("What is written while a session is paused arrives once it is resumed", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await pause(lab, session);
  const ours = session.server.open({ kind: "tcp", tunnel: 0, visitor: "" }, Uint8Array.of(1, 2));
  await resumeWell(lab, session);
  assertEquals(await lab.run(session.streams[0]!.read()), Uint8Array.of(1, 2));
  ours.reset("cancelled");
  await lab.end(session.client);
});

for (
  const [what, direction, bytes] of [
    ["RESUME", "aToB", RESUME_BYTES],
    ["RESUMED", "bToA", RESUMED_BYTES],
  ] as const
) {
  for (const inFlight of ["deliver", "drop"] as const) {
    Deno.test(`A cut at any byte of ${what} (${inFlight}) costs that resume and nothing else`, async () => {
      const lab = new Lab();
      const session = await lab.start();
      for (let offset = 0; offset < bytes; offset++) {
        await pause(lab, session);
        const { pair, accepted } = lab.dial();
        session.pair.cut();
        pair.cutAfter(direction, offset, inFlight);
        await assertRejects(() => lab.run(session.client.resume(pair.a)));
        await lab.run(accepted);
        await lab.settle();
        assertEquals(session.client.session.state, "paused", `offset ${offset}`);
        assertEquals(session.server.state, "paused", `offset ${offset}`);
        const next = lab.dial();
        await lab.run(session.client.resume(next.pair.a));
        await lab.checkAlive(session);
        Object.assign(session, { pair: next.pair });
      }
      await lab.end(session.client);
    });
  }
}

Deno.test("A RESUMED that is lost behind its last byte leaves the server waiting for the next", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await pause(lab, session);
  const { pair, accepted } = lab.dial();
  pair.cutAfter("bToA", RESUMED_BYTES, "drop");
  await assertRejects(() => lab.run(session.client.resume(pair.a)));
  await lab.run(accepted);
  await lab.settle();
  assertEquals(session.server.state, "paused");
  await resumeWell(lab, session);
  await lab.end(session.client);
});

Deno.test("A resume that fails while the old transport lives is told as a pause", async () => {
  const lab = new Lab();
  const session = await lab.start();
  // The server is not told that the client lets go of the old one.
  session.pair.freeze();
  const { pair, accepted } = lab.dial();
  pair.cutAfter("bToA", 10);
  await assertRejects(() => lab.run(session.client.resume(pair.a)));
  await lab.run(accepted);
  await lab.settle();
  assertEquals(session.server.state, "paused");
  assertEquals(session.serverEvents, ["paused"]);
  await resumeWell(lab, session);
  assertEquals(session.serverEvents, ["paused", "resumed"]);
  await lab.end(session.client);
});

Deno.test("A session moves from a live transport to another, and the old one's late bytes are nobody's", async () => {
  const lab = new Lab();
  const session = await lab.start();
  const ours = session.server.open({ kind: "tcp", tunnel: 0, visitor: "" });
  await lab.settle();
  const theirs = session.streams[0]!;
  session.pair.latencyMs = 50;
  void theirs.write(Uint8Array.of(1, 2, 3));
  void ours.write(Uint8Array.of(4, 5, 6));
  await lab.settle();
  const { pair, accepted } = lab.dial();
  await lab.run(session.client.resume(pair.a));
  assertEquals((await lab.run(accepted)).kind, "resumed");
  await lab.clock.advance(1000);
  assertEquals(await lab.run(ours.read()), Uint8Array.of(1, 2, 3));
  assertEquals(await lab.run(theirs.read()), Uint8Array.of(4, 5, 6));
  assertEquals([ours.buffered, theirs.buffered], [0, 0]);
  await assertRejects(() => session.pair.a.read(), TransportError);
  await assertRejects(() => session.pair.b.read(), TransportError);
  ours.reset("cancelled");
  await lab.end(session.client);
});

Deno.test("Of two resumes at once the later one wins, in whatever order they arrive", async () => {
  for (const [first, second] of [[0, 20], [20, 0], [0, 0]] as const) {
    const lab = new Lab();
    const session = await lab.start();
    await pause(lab, session);
    const dialled = [lab.dial({ latencyMs: first }), lab.dial({ latencyMs: second })] as const;
    const outcomes = await lab.run(
      Promise.allSettled(dialled.map(({ pair }) => session.client.resume(pair.a))),
    );
    assertEquals(outcomes.map(({ status }) => status), ["rejected", "fulfilled"]);
    dialled[0].pair.a.close();
    await lab.run(dialled[0].accepted);
    await lab.clock.advance(100);
    assertEquals([session.client.session.state, session.server.state], ["connected", "connected"]);
    assert(session.client.session.transport === dialled[1].pair.a);
    assert(session.server.transport === dialled[1].pair.b);
    await lab.checkAlive(session);
    await lab.end(session.client);
  }
});

Deno.test("A RESUMED that is stuck when a later resume comes does not bring its transport back", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await pause(lab, session);
  const slow = lab.dial({ inFlightBytes: 32 });
  const deaf = new TappedTransport(slow.pair.a);
  const gate = Promise.withResolvers<null>();
  deaf.read = () => gate.promise;
  const rejected = assertRejects(() => session.client.resume(deaf));
  await lab.settle();
  const { pair } = lab.dial();
  await lab.run(session.client.resume(pair.a));
  for (let bytes = 0; bytes < RESUMED_BYTES;) {
    bytes += (await lab.run(slow.pair.a.read()))!.length;
  }
  const result = await lab.run(slow.accepted);
  assert(result.kind === "failed" && result.error instanceof HandshakeFailed);
  assertEquals(result.error.code, "cut");
  gate.resolve(null);
  await lab.run(rejected);
  assert(session.server.transport === pair.b);
  await lab.checkAlive(session);
  await lab.end(session.client);
});

Deno.test("A resume that was delayed, or is replayed, is stale and disturbs nothing", async () => {
  const tokens: string[] = [];
  const lab = new Lab({}, {
    reauthenticate: (_session, token) => Promise.resolve(void tokens.push(token)),
  });
  const session = await lab.start();
  const secret = secretOf(session.client);
  const { link } = session.client.welcome;
  const delayed = await lab.run(encodeResume({ link, epoch: 1, received: 0 }, secret, "old"));
  await pause(lab, session);
  const broken = lab.dial();
  broken.pair.cutAfter("aToB", 0);
  await assertRejects(() => lab.run(session.client.resume(broken.pair.a)));
  const { pair } = lab.dial();
  const tapped = new TappedTransport(pair.a);
  await lab.run(session.client.resume(tapped, { token: "new" }));
  await lab.settle();
  const { transport } = session.server;
  assertEquals(await refusalOf(lab, delayed), "resume_stale");
  assertEquals(await refusalOf(lab, tapped.written[0]!), "resume_stale");
  assertEquals(tokens, ["new"], "a replayed token was believed");
  assert(session.server.transport === transport);
  await lab.checkAlive(session);
  await lab.end(session.client);
});

Deno.test("A forged resume is refused and disturbs nothing", async () => {
  let reauthentications = 0;
  const lab = new Lab({}, { reauthenticate: () => Promise.resolve(void reauthentications++) });
  const session = await lab.start();
  const { link } = session.client.welcome;
  const point = { link, epoch: 0xffff_ffff, received: 0 };
  const forged = await lab.run(encodeResume(point, new Uint8Array(32), "token"));
  assertEquals(await refusalOf(lab, forged), "resume_forged");
  const sentBack = await lab.run(encodeResumed(point, secretOf(session.client)));
  sentBack[0] = RecordType.resume;
  assertEquals(await refusalOf(lab, sentBack), "resume_forged");
  assertEquals(reauthentications, 0);
  await lab.checkAlive(session);
  await pause(lab, session);
  await resumeWell(lab, session);
  await lab.end(session.client);
});

Deno.test("After a restart of the server a resume is unknown, and HELLO follows on the same transport", async () => {
  const lab = new Lab();
  const session = await lab.start();
  lab.restart();
  await lab.settle();
  const { pair, accepted } = lab.dial();
  const refusal = await assertRejects(
    () => lab.run(session.client.resume(pair.a)),
    HandshakeRefused,
  );
  assertEquals([refusal.code, refusal.final], ["resume_unknown", true]);
  const streams: LabSession["streams"] = [];
  const again = await lab.run(ClientSession.start(pair.a, lab.clientOptions([], streams)));
  const result = await lab.run(accepted);
  assert(result.kind === "started");
  await lab.checkAlive({ ...session, client: again, server: result.session, streams });
  await lab.end(session.client, again);
});

Deno.test("After a refused resume the next record is a HELLO or nothing", async () => {
  const lab = new Lab();
  const session = await lab.start();
  const point = { link: "ab".repeat(16), epoch: 1, received: 0 };
  const record = await lab.run(encodeResume(point, secretOf(session.client)));
  const { pair, accepted } = lab.dial();
  await say(lab, pair.a, record);
  await lab.run(pair.a.write(record));
  const result = await lab.run(accepted);
  assert(result.kind === "failed" && result.error instanceof HandshakeFailed);
  assertEquals(result.error.code, "not_tun");
  await lab.end(session.client);
});

Deno.test("A session never goes on over a transport that is less secure, by either end's word", async () => {
  const lab = new Lab();
  const session = await lab.start({ secure: true });
  const weak = memoryPair({ secure: false });
  const refusal = await assertRejects(() => session.client.resume(weak.a), HandshakeRefused);
  assertEquals(refusal.code, "resume_insecure");
  assertEquals(weak.written("aToB"), 0);
  assertEquals(session.client.session.state, "connected");
  const { link } = session.client.welcome;
  const record = await lab.run(
    encodeResume({ link, epoch: 1, received: 0 }, secretOf(session.client)),
  );
  assertEquals(await refusalOf(lab, record, false), "resume_insecure");
  await lab.checkAlive(session);
  await pause(lab, session);
  await resumeWell(lab, session);
  await lab.end(session.client);
});

Deno.test("A session may go on over a transport that is more secure, and back", async () => {
  const lab = new Lab();
  const session = await lab.start({ secure: false });
  for (const secure of [true, false]) {
    const { pair } = lab.dial({ secure });
    await lab.run(session.client.resume(pair.a));
    await lab.checkAlive(session);
  }
  await lab.end(session.client);
});

for (const code of ["token_expired", "token_revoked"] as const) {
  Deno.test(`A session that ended as ${code} while it was paused says so to a resume`, async () => {
    const lab = new Lab();
    const session = await lab.start();
    await pause(lab, session);
    session.server.close(code);
    await lab.settle();
    assertEquals((await resumeRefusal(lab, session)).code, code);
    await lab.end(session.client);
  });
}

Deno.test("A session that ends in the middle of a resume says why", async () => {
  const lab = new Lab({}, {
    reauthenticate: (session) => Promise.resolve(session.close("token_revoked")),
  });
  const session = await lab.start();
  await pause(lab, session);
  assertEquals((await resumeRefusal(lab, session, "fresh")).code, "token_revoked");
  await lab.end(session.client);
});

Deno.test("Why a session ended is told to nobody who cannot prove that it was theirs", async () => {
  const lab = new Lab();
  const session = await lab.start();
  session.server.close("token_revoked");
  await lab.settle();
  const { link } = session.client.welcome;
  const point = { link, epoch: 1, received: 0 };
  const forged = await lab.run(encodeResume(point, new Uint8Array(32)));
  assertEquals(await refusalOf(lab, forged), "resume_forged");
  await lab.end(session.client);
});

Deno.test("A session that is not resumed in time is lost at both ends", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await pause(lab, session);
  await lab.clock.advance(59_999);
  assertEquals([session.client.session.state, session.server.state], ["paused", "paused"]);
  await lab.clock.advance(1);
  assertEquals(await endOf(lab, session.client.session), "link_lost");
  assertEquals(await endOf(lab, session.server), "link_lost");
  const point = { link: session.client.welcome.link, epoch: 1, received: 0 };
  const late = await lab.run(encodeResume(point, secretOf(session.client)));
  assertEquals(await refusalOf(lab, late), "resume_unknown");
  await lab.end(session.client);
});

Deno.test("A resume in the last moment gives the session all its time again", async () => {
  const lab = new Lab();
  const session = await lab.start();
  for (let round = 0; round < 3; round++) {
    session.pair.cut();
    await lab.clock.advance(59_999);
    const { pair } = lab.dial();
    await lab.run(session.client.resume(pair.a));
    await lab.checkAlive(session);
    Object.assign(session, { pair });
  }
  await lab.end(session.client);
});

Deno.test("A client that stands where the server has never been is refused", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await lab.checkAlive(session);
  await lab.clock.advance(2000);
  const { link } = session.client.welcome;
  const { sentBytes, acknowledgedBytes } = session.server.stats;
  assertEquals(acknowledgedBytes, sentBytes);
  let epoch = 0;
  for (const received of [0, sentBytes - 1, sentBytes + 1, Number.MAX_SAFE_INTEGER]) {
    const point = { link, epoch: ++epoch, received };
    const record = await lab.run(encodeResume(point, secretOf(session.client)));
    assertEquals(await refusalOf(lab, record), "resume_impossible", `${received}`);
  }
  await lab.checkAlive(session);
  await lab.end(session.client);
});

Deno.test("A server that stands where the client has never been, or proves nothing, is not believed", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await pause(lab, session);
  const { link } = session.client.welcome;
  const right = secretOf(session.client);
  let epoch = 0;
  for (const [received, secret] of [[1e9, right], [0, new Uint8Array(32)]] as const) {
    const { a, b } = memoryPair();
    const rejected = assertRejects(() => session.client.resume(a), HandshakeFailed);
    const reader = new HandshakeReader(b);
    assertEquals((await lab.run(reader.next())).type, RecordType.resume);
    await lab.run(b.write(await encodeResumed({ link, epoch: ++epoch, received }, secret)));
    assertEquals((await lab.run(rejected)).code, "bad_proof");
    await assertRejects(() => a.read(), TransportError);
  }
  await resumeWell(lab, session);
  await lab.end(session.client);
});

Deno.test("A fresh token that is refused leaves the session paused, and another may be tried", async () => {
  const tokens: string[] = [];
  const lab = new Lab({}, {
    reauthenticate: (_session, token) => {
      tokens.push(token);
      if (token === "bad") throw new HandshakeRefused("token_refused", "Not this one");
      return Promise.resolve();
    },
  });
  const session = await lab.start();
  await pause(lab, session);
  const refusal = await resumeRefusal(lab, session, "bad");
  assertEquals([refusal.code, refusal.message], ["token_refused", "Not this one"]);
  assertEquals(session.server.state, "paused");
  const { pair } = lab.dial();
  await lab.run(session.client.resume(pair.a, { token: "good" }));
  assertEquals(tokens, ["bad", "good"]);
  await lab.checkAlive(session);
  await lab.end(session.client);
});

Deno.test("A later resume that comes while a token is checked makes the earlier one stale", async () => {
  const gate = Promise.withResolvers<void>();
  const lab = new Lab({}, {
    reauthenticate: (_session, token) => token === "slow" ? gate.promise : Promise.resolve(),
  });
  const session = await lab.start();
  await pause(lab, session);
  const slow = lab.dial();
  const earlier = session.client.resume(slow.pair.a, { token: "slow" });
  const rejected = assertRejects(() => earlier, HandshakeRefused);
  await lab.settle();
  const { pair } = lab.dial();
  await lab.run(session.client.resume(pair.a));
  gate.resolve();
  assertEquals((await lab.run(rejected)).code, "resume_stale");
  slow.pair.a.close();
  await lab.checkAlive(session);
  await lab.end(session.client);
});

Deno.test("A client whose WELCOME was lost replaces its orphan by the same nonce, and no other", async () => {
  const lab = new Lab();
  const bystander = await lab.start();
  const nonce = newNonce();
  for (const offset of [0, 1, 100, 300]) {
    const { pair, accepted } = lab.dial();
    pair.cutAfter("bToA", offset, "drop");
    await assertRejects(() =>
      lab.run(ClientSession.start(pair.a, { ...lab.clientOptions(), nonce }))
    );
    await lab.run(accepted);
    await lab.settle();
    assert(lab.host.sessions.length <= 2);
  }
  const welcomed = await lab.start({}, { nonce });
  const orphan = lab.host.sessions.find(({ id }) => id === welcomed.server.id)!;
  assertEquals(lab.host.sessions.length, 2);
  const again = await lab.start({}, { nonce });
  await lab.settle();
  assertEquals(lab.host.sessions.length, 2);
  assertEquals(await endOf(lab, orphan), "replaced");
  await lab.checkAlive(again);
  await lab.checkAlive(bystander);
  await lab.end(welcomed.client, again.client, bystander.client);
});

Deno.test("Two HELLOs at once with one nonce leave one session", async () => {
  const gate = Promise.withResolvers<void>();
  const lab = new Lab({}, { authenticate: async () => (await gate.promise, "x") });
  const nonce = newNonce();
  const dialled = [lab.dial(), lab.dial()];
  const starts = dialled.map(({ pair }) =>
    ClientSession.start(pair.a, { ...lab.clientOptions(), nonce })
  );
  await lab.settle();
  gate.resolve();
  const started = await lab.run(Promise.allSettled(starts));
  await lab.settle();
  assertEquals(lab.host.sessions.length, 1);
  const clients = started.flatMap((outcome) =>
    outcome.status === "fulfilled" ? [outcome.value] : []
  );
  assert(clients.some(({ session }) => session.id === lab.host.sessions[0]!.id));
  await lab.end(...clients);
});

Deno.test("A closed session is not resumed by its client", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await pause(lab, session);
  session.client.session.close();
  const { pair } = lab.dial();
  await assertRejects(() => lab.run(session.client.resume(pair.a)), SessionClosed);
  assertEquals(pair.written("aToB"), 0);
  await assertRejects(() => pair.a.read(), TransportError);
  await lab.end(session.client);
});

Deno.test("A resume that is given up closes its transport and leaves the session paused", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await pause(lab, session);
  const silent = memoryPair();
  const controller = new AbortController();
  const resumed = session.client.resume(silent.a, { signal: controller.signal });
  const rejected = assertRejects(() => resumed, Error, "enough");
  await lab.settle();
  controller.abort(new Error("enough"));
  await lab.run(rejected);
  await assertRejects(() => silent.a.read(), TransportError);
  assertEquals(session.client.session.state, "paused");
  await resumeWell(lab, session);
  await lab.end(session.client);
});

Deno.test("A server that does not answer a resume costs ten seconds", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await pause(lab, session);
  const from = lab.clock.now();
  const error = await assertRejects(
    () => lab.run(session.client.resume(memoryPair().a)),
    HandshakeFailed,
  );
  assertEquals([error.code, lab.clock.now() - from], ["timeout", 10_000]);
  await resumeWell(lab, session);
  await lab.end(session.client);
});

Deno.test("A session's figures count over all its transports", async () => {
  const lab = new Lab();
  const session = await lab.start();
  for (let round = 1; round <= 3; round++) {
    await pause(lab, session);
    const { pair } = lab.dial();
    await lab.run(session.client.resume(pair.a));
    Object.assign(session, { pair });
    await lab.checkAlive(session);
    assertEquals(session.client.session.stats.resumes, round);
    assertEquals(session.server.stats.resumes, round);
  }
  await lab.clock.advance(2000);
  assertEquals(session.client.session.received, session.server.stats.sentBytes);
  assertEquals(session.server.received, session.client.session.stats.sentBytes);
  assertEquals(session.server.stats.heldBytes, 0);
  await lab.end(session.client);
});
