import { assertEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import type { TunnelStream } from "@tun/protocol";
import { SessionPair } from "../../../tests/support/session_pair.ts";
import type { TunEvent } from "../../events.ts";
import type { RequestStream } from "../request_stream.ts";
import { WebhookCheck } from "./webhook_check.ts";
import { WebhookGate } from "./webhook_gate.ts";

const SECRET = "s3cret";
const utf8 = new TextEncoder();
const text = new TextDecoder();

async function signatureOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8.encode(SECRET), algorithm, false, ["sign"]);
  return `sha256=${encodeHex(await crypto.subtle.sign("HMAC", key, body))}`;
}

/** A server's end, and a gate for GitHub behind the client's. */
class GateWorld implements AsyncDisposable {
  readonly events: TunEvent[] = [];
  /** What the gate has let pass. */
  readonly passed: RequestStream[] = [];
  readonly gate: WebhookGate;
  #pair!: SessionPair;

  private constructor() {
    this.gate = new WebhookGate({
      check: new WebhookCheck({ provider: "github", secrets: [SECRET] }),
      next: (stream) => {
        this.passed.push(stream);
        stream.respond(OK, undefined, true);
      },
      report: (event) => this.events.push(event),
    });
  }

  static async open(): Promise<GateWorld> {
    const world = new GateWorld();
    world.#pair = await SessionPair.connect({ onStream: (stream) => world.gate.handle(stream) });
    return world;
  }

  /** A visitor's request whose body is still to come. */
  request(method: string, ...lines: string[]): TunnelStream {
    return this.#pair.server.open({
      kind: "http",
      tunnel: 0,
      visitor: "192.0.2.7:1",
      scheme: "https",
      minorVersion: 1,
      method,
      target: "/hook",
      authority: "x",
      headers: utf8.encode(lines.map((line) => `${line}\r\n`).join("")),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pair[Symbol.asyncDispose]();
  }
}

const OK = { status: 204, minorVersion: 1, reason: "No Content", headers: new Uint8Array(0) };

Deno.test("WebhookGate passes a signed body on whole, in the piece and with the trailers it had", async () => {
  await using world = await GateWorld.open();
  const body = utf8.encode("a body in pieces");
  using stream = world.request("POST", `X-Hub-Signature-256: ${await signatureOf(body)}`);
  await stream.write(body.subarray(0, 6));
  assertEquals(world.passed.length, 0);
  await stream.write(body.subarray(6));
  await stream.end(utf8.encode("X-Trailer: 1\r\n"));
  assertEquals((await stream.nextResponse()).status, 204);
  const [held] = world.passed;
  assertEquals(held!.tryRead(), body);
  assertEquals([held!.tryRead(), await held!.read()], [null, null]);
  assertEquals(text.decode(held!.trailers), "X-Trailer: 1\r\n");
  assertEquals(world.gate.heldBytes, 0);
});

Deno.test("WebhookGate passes a signed request without a body", async () => {
  await using world = await GateWorld.open();
  const signature = await signatureOf(new Uint8Array(0));
  using stream = world.request("POST", `X-Hub-Signature-256: ${signature}`);
  await stream.end();
  assertEquals((await stream.nextResponse()).status, 204);
  assertEquals(world.passed[0]!.tryRead(), null);
});

Deno.test("WebhookGate answers 401 to what is not signed, whatever the method, before its body", async () => {
  await using world = await GateWorld.open();
  for (const method of ["POST", "GET", "HEAD", "OPTIONS"]) {
    using stream = world.request(method);
    const { status, headers } = await stream.nextResponse();
    assertEquals(status, 401);
    assertEquals(text.decode(headers).includes("tun-error: webhook_refused\r\n"), true);
    assertEquals(await stream.read() === null, method === "HEAD");
  }
  assertEquals(world.passed.length, 0);
  assertEquals(world.events.map(({ event }) => event), Array(4).fill("request"));
});

Deno.test("WebhookGate lets no byte of a forged body through, and says once what it may be", async () => {
  await using world = await GateWorld.open();
  for (let i = 0; i < 3; i++) {
    using stream = world.request("POST", `X-Hub-Signature-256: sha256=${"0".repeat(64)}`);
    await stream.write(utf8.encode("forged"));
    await stream.end();
    assertEquals((await stream.nextResponse()).status, 401);
  }
  assertEquals(world.passed.length, 0);
  const warnings = world.events.filter(({ event }) => event === "warning");
  assertEquals(warnings.map((one) => "code" in one && one.code), ["webhook_refused"]);
});

Deno.test("WebhookGate holds a mebibyte and not a byte more", async () => {
  await using world = await GateWorld.open();
  const most = new Uint8Array(1024 * 1024).fill(120);
  const fields = `X-Hub-Signature-256: ${await signatureOf(most)}`;
  using fits = world.request("POST", fields);
  await fits.write(most);
  await fits.end();
  assertEquals((await fits.nextResponse()).status, 204);
  using large = world.request("POST", fields);
  large.write(most).catch(() => {});
  large.write(utf8.encode("x")).catch(() => {});
  const { status, headers } = await large.nextResponse();
  assertEquals(status, 413);
  assertEquals(text.decode(headers).includes("tun-error: body_too_large\r\n"), true);
  assertEquals(world.gate.heldBytes, 0);
});

Deno.test("WebhookGate holds 16 MiB for all together: strangers cannot fill the memory", async () => {
  await using world = await GateWorld.open();
  const most = new Uint8Array(1024 * 1024);
  const fields = `X-Hub-Signature-256: sha256=${"0".repeat(64)}`;
  const waiting = Array.from({ length: 16 }, () => world.request("POST", fields));
  for (const stream of waiting) await stream.write(most);
  while (world.gate.heldBytes < 16 * most.length) {
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
  }
  using late = world.request("POST", fields);
  await late.write(utf8.encode("x"));
  assertEquals((await late.nextResponse()).status, 503);
  for (const stream of waiting) stream.reset("cancelled");
  using again = world.request("POST", fields);
  await again.end();
  assertEquals((await again.nextResponse()).status, 401);
  assertEquals(world.gate.heldBytes, 0);
});

Deno.test("WebhookGate asks for the body of who waits to be asked", async () => {
  await using world = await GateWorld.open();
  const body = utf8.encode("asked for");
  const lines = [`X-Hub-Signature-256: ${await signatureOf(body)}`, "Expect: 100-continue"];
  using stream = world.request("POST", ...lines);
  assertEquals((await stream.nextResponse()).status, 100);
  await stream.write(body);
  await stream.end();
  assertEquals((await stream.nextResponse()).status, 204);
});

Deno.test("WebhookGate lets nobody change the protocol behind a signature", async () => {
  await using world = await GateWorld.open();
  const signature = await signatureOf(new Uint8Array(0));
  using stream = world.request("GET", `X-Hub-Signature-256: ${signature}`, "Upgrade: websocket");
  assertEquals((await stream.nextResponse()).status, 401);
  assertEquals(world.passed.length, 0);
});
