import { assert, assertEquals, assertThrows } from "@std/assert";
import { MuxEnd, muxPair, settle } from "../../tests/support/mux_end.ts";
import {
  answer,
  creditFrame,
  HTTP_HEAD,
  openFrame,
  TCP_HEAD,
} from "../../tests/support/mux_raw.ts";
import { runEveryOrder, type Script } from "../../tests/support/mux_wire.ts";
import { SessionClosed } from "../errors.ts";
import { FIN } from "./frame.ts";

const SCRIPTS: Readonly<Record<string, Script>> = {
  "both sides reset at once": {
    server: ["open", "reset"],
    client: ["reset"],
  },
  "both sides reset an exchange under way": {
    server: ["open", "send", "reset"],
    client: ["respond", "reset"],
  },
  "the server resets, the client goes on": {
    server: ["open", "reset"],
    client: ["respond", "send", "end"],
  },
  "the server resets behind its FIN": {
    server: ["open with fin", "reset"],
    client: ["respond", "send", "end"],
  },
  "the client resets behind its FIN": {
    server: ["open", "send", "end"],
    client: ["respond with fin", "reset"],
  },
  "both sides reset behind their FIN": {
    server: ["open", "end", "reset"],
    client: ["respond with fin", "reset"],
  },
  "grants come for a stream that is over": {
    server: ["open with fin", "read"],
    client: ["respond", "send", "end"],
  },
  "more is queued than the window allows, and the reader resets": {
    server: ["open with fin", "reset"],
    client: ["respond", "send", "send"],
  },
  "trailers wait behind data that waits for credit": {
    server: ["open with fin", "read"],
    client: ["respond", "send", "send", "trailers"],
  },
  "bytes both ways, reset in the middle": {
    server: ["open tcp", "send", "reset"],
    client: ["send", "read"],
  },
  "a TCP stream is half closed and closed": {
    server: ["open tcp", "send", "end"],
    client: ["end", "read"],
  },
};

for (const [name, script] of Object.entries(SCRIPTS)) {
  Deno.test(`Streams end cleanly in every order when ${name}`, () => {
    assert(runEveryOrder(script) > 1);
  });
}

Deno.test("A slot is used again in every order of ends, and nothing of before comes through", () => {
  const runs = [
    runEveryOrder({
      server: ["open", "reset", "open with fin"],
      client: ["respond", "next", "respond with fin"],
    }, 1),
    runEveryOrder({
      server: ["open with fin", "open", "reset"],
      client: ["respond with fin", "reset", "next", "reset"],
    }, 1),
    runEveryOrder({
      server: ["open with fin", "read", "open", "end"],
      client: ["respond", "send", "end", "next", "respond with fin"],
    }, 1),
  ];
  assert(runs.every((count) => count > 10));
});

Deno.test("A slot goes through all generations and starts again", () => {
  const ends = muxPair({ client: { limits: { streams: 1 } } });
  for (let round = 0; round < 600; round++) {
    const { stream } = ends.server.open(HTTP_HEAD, undefined, true);
    assertEquals([stream.slot, stream.generation], [0, round & 0xff]);
    assertThrows(() => ends.server.open(HTTP_HEAD), RangeError);
    settle(ends);
    ends.client.opened.at(-1)!.stream.respond(answer(204), undefined, true);
    settle(ends);
  }
  assertEquals([ends.server.mux.openStreams, ends.client.mux.openStreams], [0, 0]);
});

Deno.test("A slot that becomes free while a stream is opened is not mixed up with that stream's", () => {
  const pulled: Uint8Array[] = [];
  let isEager = false;
  const onWork = () => {
    // As a pump does in a long turn: what is made leaves before the call that made it returns.
    if (isEager) pulled.push(ends.server.pull());
  };
  const ends = muxPair({ server: { onWork } });
  const streams = [TCP_HEAD, TCP_HEAD].map((head) => ends.server.open(head).stream);
  settle(ends);
  for (const { stream } of ends.client.opened) stream.end();
  settle(ends);
  // The first is over. The second ends with what is pulled next.
  streams[0]!.end();
  settle(ends);
  streams[1]!.send(new Uint8Array(1));
  streams[1]!.end();
  isEager = true;
  const opened = [1, 2, 3].map(() => ends.server.open(TCP_HEAD).stream.slot);
  isEager = false;
  assertEquals(opened, [0, 1, 2]);
  for (const bytes of pulled) ends.client.mux.receive(bytes);
  assertEquals([ends.server.mux.openStreams, ends.client.mux.openStreams], [3, 3]);
});

Deno.test("A stream that is reset before its OPEN has left still says both", () => {
  const ends = muxPair();
  ends.server.open(HTTP_HEAD).reset("busy" as never);
  settle(ends);
  assertEquals(ends.client.opened.map(({ events }) => events), [["reset busy"]]);
  assertEquals([ends.server.mux.openStreams, ends.client.mux.openStreams], [0, 0]);
});

Deno.test("A stream whose head is too large is not opened, and its slot is free", () => {
  const ends = muxPair({ client: { limits: { streams: 1 } } });
  const headers = new Uint8Array(128 * 1024);
  assertThrows(() => ends.server.open({ ...HTTP_HEAD, headers } as never), RangeError);
  assertThrows(
    () => ends.server.open({ ...HTTP_HEAD, target: "/".repeat(70_000) } as never),
    RangeError,
  );
  assertEquals([ends.server.mux.openStreams, ends.server.mux.outbox.pending], [0, 0]);
  ends.server.open(HTTP_HEAD);
  settle(ends);
  const { stream } = ends.client.opened[0]!;
  assertThrows(() => stream.respond({ ...answer(200), headers }), RangeError);
  assertThrows(() => stream.respond(answer(99)), RangeError);
  stream.respond(answer(500));
  settle(ends);
  assertEquals(ends.server.opened[0]!.events, ["response 500"]);
});

Deno.test("Calls that the state of a stream forbids are told to the caller", () => {
  const ends = muxPair();
  ends.server.open(HTTP_HEAD, undefined, true);
  settle(ends);
  const server = ends.server.opened[0]!.stream;
  const client = ends.client.opened[0]!.stream;
  assertThrows(() => client.send(new Uint8Array(1)), TypeError);
  assertThrows(() => client.end(), TypeError);
  assertThrows(() => server.respond(answer(200)), TypeError);
  assertThrows(() => server.send(new Uint8Array(1)), TypeError);
  client.respond(answer(103));
  client.respond(answer(200));
  assertThrows(() => client.respond(answer(200)), TypeError);
  assertThrows(() => client.respond(answer(103)), TypeError);
  client.end();
  assertThrows(() => client.end(), TypeError);
  client.reset("cancelled");
});

Deno.test("A stream that we have reset takes every call and does nothing", () => {
  const ends = muxPair();
  const recorder = ends.server.open(TCP_HEAD);
  recorder.reset();
  const before = ends.server.pull();
  recorder.stream.send(new Uint8Array(1));
  recorder.stream.end();
  recorder.stream.reset("internal");
  recorder.stream.consumed(1);
  assertEquals(ends.server.mux.outbox.pending, 0);
  ends.client.mux.receive(before);
  assertEquals(ends.client.opened[0]!.events, ["reset cancelled"]);
});

Deno.test("After GOAWAY streams that come are reset as untouched, the others go on", () => {
  const ends = muxPair();
  const first = ends.server.open(HTTP_HEAD, undefined, true);
  settle(ends);
  const second = ends.server.open(HTTP_HEAD);
  ends.client.mux.goAway();
  ends.client.mux.goAway();
  settle(ends);
  assertEquals(ends.server.controls, [{ type: "goaway", opened: 1 }]);
  assertEquals([ends.client.opened.length, second.events], [1, ["reset refused"]]);
  ends.client.opened[0]!.stream.respond(answer(200), undefined, true);
  settle(ends);
  assertEquals(first.events, ["response 200", "end"]);
  assertEquals([ends.server.mux.openStreams, ends.client.mux.openStreams], [0, 0]);
});

Deno.test("The end of the session is told once to every stream that is open, and no other", () => {
  const { server } = muxPair();
  const open = [server.open(HTTP_HEAD), server.open(TCP_HEAD)];
  const reset = server.open(HTTP_HEAD);
  reset.reset();
  const end = new SessionClosed("going_away", "remote");
  server.mux.abandon(end);
  server.mux.abandon(end);
  assertEquals(open.map(({ events }) => events), [["abandoned going_away"], [
    "abandoned going_away",
  ]]);
  assertEquals([reset.events, server.stale, server.mux.openStreams], [[], [], 0]);
});

Deno.test("Thousands of large answers leave no debt of late grants behind", () => {
  const window = 1024 * 1024;
  const end = new MuxEnd("client", { peer: { streams: 1, window } });
  const body = new Uint8Array(window);
  const room = new Uint8Array(window + 1024);
  for (let round = 0; round < 2500; round++) {
    const generation = round & 0xff;
    end.mux.receive(openFrame(HTTP_HEAD, { flags: FIN, generation }));
    const { stream } = end.opened.pop()!;
    stream.respond(answer(200));
    stream.send(body);
    stream.end();
    // All of it leaves before the first grant comes back.
    while (end.mux.outbox.pending > 0) end.mux.outbox.fill(room);
    for (let grant = 0; grant < 32; grant++) {
      end.mux.receive(creditFrame(window / 32, { generation }));
    }
    assertEquals(end.mux.openStreams, 0);
  }
});
