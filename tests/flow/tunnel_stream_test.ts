import { assert, assertEquals, assertRejects } from "@std/assert";
import { StreamReset } from "../../protocol/errors.ts";
import type { TunnelStream } from "../../protocol/session/stream.ts";
import { OK, readAll, request } from "../support/mux_flows.ts";
import { SessionPair } from "../support/session_pair.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Resolves when both ends have heard everything that was said before. */
async function settled(pair: SessionPair): Promise<void> {
  const probe = pair.server.open({ kind: "tcp", tunnel: 0, visitor: "probe" }, undefined, true);
  await probe.read();
}

/** What a client does that echoes the end of probes and else `handle`s streams. */
function orProbe(handle: (stream: TunnelStream) => void): (stream: TunnelStream) => void {
  return (stream) => {
    if (stream.head.kind === "tcp") stream.end();
    else handle(stream);
  };
}

Deno.test("An answer that is complete can be read although the rest of the request was reset", async () => {
  await using pair = await SessionPair.connect({
    onStream: orProbe((stream) => {
      stream.respond({ ...OK, status: 413 }, new Uint8Array(1000));
      stream.end(new Uint8Array(7)).then(() => stream.reset("cancelled"));
    }),
  });
  const stream = pair.server.open(request("/"));
  const failures: string[] = [];
  stream.onFailure = ({ code }) => failures.push(code);
  await settled(pair);
  assertEquals([failures, stream.isClosed], [["cancelled"], true]);
  assertEquals((await stream.nextResponse()).status, 413);
  assertEquals([await readAll(stream), stream.trailers?.length], [1000, 7]);
  await assertRejects(() => stream.write(new Uint8Array(1)), StreamReset);
});

Deno.test("An answer that is reset before its end cannot be taken for complete", async () => {
  await using pair = await SessionPair.connect({
    onStream: orProbe((stream) => {
      stream.respond(OK, new Uint8Array(1000));
      stream.write(new Uint8Array(1000)).then(() => stream.reset("app_broken"));
    }),
  });
  const stream = pair.server.open(request("/"));
  await settled(pair);
  const error = await assertRejects(() => readAll(stream), StreamReset);
  assertEquals([error.code, error.origin], ["app_broken", "remote"]);
});

Deno.test("An answer that is complete can be read after the session has closed", async () => {
  const pair = await SessionPair.connect({
    onStream: orProbe((stream) => void stream.respond(OK, new Uint8Array(1000), true)),
  });
  const stream = pair.server.open(request("/"));
  await settled(pair);
  await pair[Symbol.asyncDispose]();
  assertEquals((await stream.nextResponse()).status, 200);
  assertEquals(await readAll(stream), 1000);
});

Deno.test("What was dropped cannot be read, also when it was complete", async () => {
  await using pair = await SessionPair.connect({
    onStream: orProbe((stream) => void stream.respond(OK, new Uint8Array(1000), true)),
  });
  const stream = pair.server.open(request("/"), undefined, true);
  await settled(pair);
  assertEquals(stream.buffered, 1000);
  stream[Symbol.dispose]();
  assertEquals(stream.buffered, 0);
  await assertRejects(() => stream.read(), StreamReset);
  await assertRejects(() => stream.nextResponse(), StreamReset);
});

Deno.test("Heads that nobody takes are counted with what they cost, and given back", async () => {
  await using pair = await SessionPair.connect({
    serverLimits: { headBudget: 128 * KIB },
    onStream: orProbe((stream) => {
      // Empty ones cost nothing but objects, which is what they would be sent for.
      const { target } = stream.head as { target: string };
      for (let at = 0; at < Number(target.slice(1)); at++) {
        stream.respond({ ...OK, status: 103, reason: "" });
      }
      stream.respond(OK, undefined, true);
    }),
  });
  for (let round = 0; round < 3; round++) {
    const stream = pair.server.open(request("/1000"), undefined, true);
    await settled(pair);
    assertEquals(stream.failure?.code, "busy");
  }
  const taken = pair.server.open(request("/400"), undefined, true);
  await settled(pair);
  for (let at = 0; at < 400; at++) assertEquals((await taken.nextResponse()).status, 103);
  assertEquals([(await taken.nextResponse()).status, await taken.read()], [200, null]);
});

Deno.test("Trailers that nobody reads are counted against the budget of heads", async () => {
  await using pair = await SessionPair.connect({
    serverLimits: { headBudget: 128 * KIB },
    onStream: orProbe((stream) => {
      stream.respond(OK);
      stream.end(new Uint8Array(50 * KIB));
    }),
  });
  const streams = [1, 2, 3].map(() => pair.server.open(request("/"), undefined, true));
  await settled(pair);
  assertEquals(streams.map(({ failure }) => failure?.code), [undefined, undefined, "busy"]);
  for (const stream of streams.slice(0, 2)) {
    await stream.nextResponse();
    assertEquals(await stream.read(), null);
    assertEquals(stream.trailers?.length, 50 * KIB);
  }
  const fourth = pair.server.open(request("/"), undefined, true);
  await settled(pair);
  assertEquals([fourth.failure, await fourth.read()], [undefined, null]);
});

Deno.test("A thousand stalled readers cost what the limits say and hold nobody up", async () => {
  const LIVE = 5 * MIB;
  await using pair = await SessionPair.connect({
    onStream: orProbe((stream) => {
      stream.respond(OK);
      if (stream.head.kind !== "http") return;
      const piece = new Uint8Array(256 * KIB);
      const send = async () => {
        for (let left = LIVE; left > 0; left -= piece.length) await stream.write(piece);
        await stream.end();
      };
      send().catch(() => {});
    }),
  });
  const streams = Array.from({ length: 1000 }, () => pair.server.open(request("/stalled")));
  await settled(pair);
  const buffered = () => streams.reduce((sum, stream) => sum + stream.buffered, 0);
  await settled(pair);
  assertEquals(buffered(), 1000 * 64 * KIB);
  assertEquals(await readAll(pair.server.open(request("/live"), undefined, true)), LIVE);
  assertEquals(buffered(), 1000 * 64 * KIB);
  assert(pair.client.session.stats.heldBytes < 2 * MIB);
  for (const stream of streams) stream.reset("cancelled");
  await pair.server.drained();
  assertEquals(buffered(), 0);
});

Deno.test("Growth that ended streams still fill is not lent a second time", async () => {
  const limits = { initialWindow: 64 * KIB, maxWindow: 4 * MIB, growthBudget: 8 * MIB };
  await using pair = await SessionPair.connect({
    serverLimits: limits,
    onStream: orProbe((stream) => {
      stream.respond(OK);
      const piece = new Uint8Array(64 * KIB);
      const send = async () => {
        for (let left = 21 * MIB; left > 0; left -= piece.length) await stream.write(piece);
        await stream.end();
      };
      send().catch(() => {});
    }),
  });
  // A hostile pair of visitor and app: read until the window has grown, then stall.
  const streams: TunnelStream[] = [];
  for (let at = 0; at < 20; at++) {
    const stream = pair.server.open(request("/"), undefined, true);
    streams.push(stream);
    let read = 0;
    while (read < 20 * MIB) read += (await stream.read())?.length ?? MIB;
  }
  await settled(pair);
  const buffered = streams.reduce((sum, stream) => sum + stream.buffered, 0);
  const most = 20 * limits.initialWindow + limits.growthBudget;
  assert(buffered <= most, `${buffered} bytes are held, ${most} are allowed`);
  for (const stream of streams) stream.reset("cancelled");
});

Deno.test("A waiting reader gets all that came in one turn at once, before the end that came with it", async () => {
  const sent = Uint8Array.from({ length: 48 * KIB }, (_, i) => i % 251);
  await using pair = await SessionPair.connect({
    onStream: orProbe((stream) => {
      stream.respond(OK);
      stream.write(sent.subarray(0, 20 * KIB));
      stream.write(sent.subarray(20 * KIB, 47 * KIB));
      stream.write(sent.subarray(47 * KIB));
      stream.end();
    }),
  });
  const stream = pair.server.open(request("/"), undefined, true);
  const got: Uint8Array[] = [];
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
    got.push(piece);
  }
  assertEquals(got, [sent]);
});
