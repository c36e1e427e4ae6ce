/**
 * The client's end: connects, and does what each stream asks for.
 *
 * @module
 */

import { ClientSession, type Limits, type TunnelStream } from "../../protocol/mod.ts";
import { connectTcp } from "../../protocol/transport/connect_tcp.ts";
import type { Operations } from "./operations.ts";
import { PlainChannel } from "./plain_channel.ts";
import { fail } from "./print.ts";
import { type Job, respond } from "./work.ts";

const sessions: ClientSession[] = [];

async function connectTunnels(
  { port, count, limits }: { port: number; count: number; limits: Partial<Limits> },
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const transport = await connectTcp("127.0.0.1", port);
    sessions.push(
      await ClientSession.start(transport, {
        agent: "bench/client",
        limits,
        user: { onStream: answer, onControl() {}, onPaused() {}, onResumed() {} },
      }),
    );
  }
}

function answer(stream: TunnelStream): void {
  const job = JSON.parse(stream.head.visitor) as Job;
  if (job.work === "idle") return;
  respond(stream, job).then(() => stream.end())
    .catch((error) => fail(1, `The responder failed: ${error.stack}`));
}

async function connectPlain(
  { port, count, readBytes }: { port: number; count: number; readBytes?: number },
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    answerPlain(new PlainChannel(conn, readBytes));
  }
}

/** A line that says what to do, then that, and so on. */
async function answerPlain(channel: PlainChannel): Promise<void> {
  for (let bytes = await channel.read(); bytes !== null; bytes = await channel.read()) {
    const end = bytes.indexOf(0x0a);
    const job = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as Job;
    await respond(new Continued(bytes.subarray(end + 1), channel), job);
  }
}

/** A channel of which the first bytes were read already. */
class Continued {
  #leading: Uint8Array | undefined;
  readonly #channel: PlainChannel;

  constructor(leading: Uint8Array, channel: PlainChannel) {
    this.#leading = leading.length > 0 ? leading : undefined;
    this.#channel = channel;
  }

  read(): Promise<Uint8Array | null> {
    const leading = this.#leading;
    if (leading === undefined) return this.#channel.read();
    this.#leading = undefined;
    return Promise.resolve(leading);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#channel.write(bytes);
  }
}

/** What a responder can be asked. */
export const RESPONDER: Operations = { connectTunnels, connectPlain };
