/**
 * What can be measured over a byte stream, whatever carries it: the same few
 * loops run over a plain connection and over a stream of a tunnel.
 *
 * @module
 */

/** What is measured. */
export type Work =
  /** The driver sends, the responder counts. */
  | "down"
  /** The responder sends, the driver counts. */
  | "up"
  /** The driver sends and gets everything back at the same time. */
  | "echo"
  /** One small message, and the next when it has come back. */
  | "ping"
  /** Nothing at all. */
  | "idle";

/** One stream's share of a measurement. */
export interface Job {
  readonly work: Work;
  /** Bytes in one direction, or messages for `ping`. */
  readonly amount: number;
}

/** A byte stream as the loops need it. */
export interface Channel {
  /** The next bytes, valid until the next call, or `null` at the end. */
  read(): Promise<Uint8Array | null>;
  /** Takes all of `bytes`. */
  write(bytes: Uint8Array): Promise<void>;
  /** Takes back what `read()` gave, where that is of use. */
  recycle?(bytes: Uint8Array): void;
}

/** What is written at once: what a program that copies files or sockets uses. */
export const CHUNK_BYTES: number = 128 * 1024;

/** A small message: a log line, a chat message, a WebSocket frame of JSON. */
export const MESSAGE_BYTES = 100;

/** What every sender sends: nobody should pay for making it. */
const CHUNK: Uint8Array = new Uint8Array(CHUNK_BYTES).fill(0x5a);

/** The driver's end of a job. */
export async function drive(channel: Channel, { work, amount }: Job): Promise<void> {
  switch (work) {
    case "down":
      await send(channel, amount);
      // One byte back: without it the clock would stop before the bytes arrive.
      await take(channel, 1);
      return;
    case "up":
      return await take(channel, amount);
    case "echo":
      await Promise.all([send(channel, amount), take(channel, amount)]);
      return;
    case "ping": {
      const message = CHUNK.subarray(0, MESSAGE_BYTES);
      for (let i = 0; i < amount; i++) {
        await channel.write(message);
        await take(channel, MESSAGE_BYTES);
      }
      return;
    }
    case "idle":
      return;
  }
}

/** The responder's end of a job. */
export async function respond(channel: Channel, { work, amount }: Job): Promise<void> {
  switch (work) {
    case "down":
      await take(channel, amount);
      return await channel.write(CHUNK.subarray(0, 1));
    case "up":
      return await send(channel, amount);
    case "echo":
      return await giveBack(channel, amount);
    case "ping":
      return await giveBack(channel, amount * MESSAGE_BYTES);
    case "idle":
      return;
  }
}

async function send(channel: Channel, amount: number): Promise<void> {
  for (let left = amount; left > 0; left -= CHUNK_BYTES) {
    await channel.write(left < CHUNK_BYTES ? CHUNK.subarray(0, left) : CHUNK);
  }
}

async function take(channel: Channel, amount: number): Promise<void> {
  for (let left = amount; left > 0;) {
    const bytes = await channel.read();
    if (bytes === null) throw new Error(`Cannot take ${left} more bytes as the stream has ended`);
    left -= bytes.length;
    channel.recycle?.(bytes);
  }
}

async function giveBack(channel: Channel, amount: number): Promise<void> {
  for (let left = amount; left > 0;) {
    const bytes = await channel.read();
    if (bytes === null) throw new Error(`Cannot echo ${left} more bytes as the stream has ended`);
    left -= bytes.length;
    await channel.write(bytes);
    channel.recycle?.(bytes);
  }
}
