/**
 * Connections between client and server that break in the middle of everything: visitors do not
 * notice, as long as the client comes back in time.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { SeededRandom } from "../support/seeded_random.ts";
import { type BootCarrier, bootTunnel } from "../support/tunnel_boot.ts";
import { NamedVisitor } from "./streaming_visitor.ts";
import { StreamingApp } from "./streaming_app.ts";
import { digestOf, figure, longBody, mib, sized } from "./streaming_bytes.ts";

const MIB = 1024 * 1024;

const CUTS = 50;
const BODY_BYTES = sized(128 * MIB, 1024 * MIB);
const MESSAGES = sized(2_000, 10_000);
const EVENTS = sized(300, 1_000);

/** Echoes that are under way at once. */
const MESSAGES_AT_ONCE = 16;

const SEED = Number(Deno.env.get("TUN_SEED") ?? 20_261_121);

/** All at the same time: most of it is waiting, as a client whose line breaks often backs off. */
Deno.test("Cuts: nothing is lost over 50 of them, whatever carries the session", async () => {
  await Promise.all([
    nothingIsLost("upgrade", SEED),
    nothingIsLost("tcp", SEED + 1),
    nothingIsLost("websocket", SEED + 2),
  ]);
});

async function nothingIsLost(carrier: BootCarrier, seed: number): Promise<void> {
  await using app = new StreamingApp();
  await using boot = await bootTunnel({
    target: app.port,
    name: "app",
    carrier,
    withRelay: true,
  });
  const { relay } = boot;
  const started = performance.now();
  const random = new SeededRandom(seed);
  relay.follow({ random, cuts: CUTS, meanBytes: 2 * BODY_BYTES / (CUTS + 10) });
  using visitor = new NamedVisitor(boot.server.port, boot.host);
  await Promise.all([
    download(visitor),
    upload(visitor),
    echo(visitor),
    events(visitor, app),
  ]);
  const resumes = boot.events.all.filter(({ event }) => event === "resumed").length;
  const sessions = boot.server.log.all.filter(({ name }) => name === "session_started").length;
  const seconds = (performance.now() - started) / 1000;
  figure(
    `${carrier}, seed ${seed}: ${relay.cuts} cuts, ${resumes} resumes, ${sessions} session in ` +
      `${seconds.toFixed(1)} s, ${mib(BODY_BYTES)} each way`,
  );
  assertEquals(relay.cuts, CUTS);
  assertEquals(sessions, 1);
  assertEquals(boot.events.all.filter(({ event }) => event === "ready").length, 1);
}

async function download(visitor: NamedVisitor): Promise<void> {
  const response = await visitor.fetch(`/download?size=${BODY_BYTES}&seed=1`);
  assertEquals(await digestOf(response.body), await digestOf(longBody(BODY_BYTES, 1)));
}

async function upload(visitor: NamedVisitor): Promise<void> {
  const body = longBody(BODY_BYTES, 2);
  const response = await visitor.fetch("/upload", { method: "POST", body });
  assertEquals(await response.json(), await digestOf(longBody(BODY_BYTES, 2)));
}

async function echo(visitor: NamedVisitor): Promise<void> {
  using socket = await visitor.openSocket("/echo");
  const message = (number: number) => `message ${number} ${"x".repeat(number % 700)}`;
  let sent = 0;
  while (sent < MESSAGES_AT_ONCE) await socket.send(message(sent++));
  for (let received = 0; received < MESSAGES; received++) {
    assertEquals(await socket.receive(), message(received));
    if (sent < MESSAGES) await socket.send(message(sent++));
  }
}

async function events(visitor: NamedVisitor, app: StreamingApp): Promise<void> {
  const response = await visitor.fetch("/events");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value ?? "";
  let wanted = ": hello\n\n";
  for (let number = 0; number < EVENTS; number++) {
    app.send(String(number));
    wanted += `data: ${number}\n\n`;
    while (text.length < wanted.length) {
      const { value, done } = await reader.read();
      assert(!done, `The events ended after ${text.slice(-100)}`);
      text += value;
    }
  }
  assertEquals(text, wanted);
  await reader.cancel();
}
