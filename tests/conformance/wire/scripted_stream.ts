/**
 * A stream as the scripted end sees it.
 *
 * @module
 */

import { FrameType } from "../../../protocol/mux/frame.ts";
import type { OpenHead, ResponseHead } from "../../../protocol/mux/head.ts";
import { encodeFrame, encodeHeadFrame } from "../../../protocol/mux/outbound.ts";
import { ByteLog } from "./byte_log.ts";
import type { ScriptedMux } from "./scripted_mux.ts";

const MOST_DATA_BYTES = 65_536;

/** One stream. */
export class ScriptedStream {
  /** What it was opened with. */
  readonly head: OpenHead;
  readonly slot: number;
  readonly generation: number;
  /** Whether every byte of body is granted again as it comes. */
  grants: boolean;
  /** Final and informational answers, in order. */
  readonly responses: ResponseHead[] = [];
  /** The body that came. */
  readonly body: ByteLog = new ByteLog();
  /** The trailers that came. */
  trailers: Uint8Array | undefined;
  /** How the other end has ended its direction. */
  ended: "fin" | "trailers" | "reset" | undefined;
  /** The code of its RESET. */
  resetCode: number | undefined;
  /** How we have ended ours. */
  sentEnd: "fin" | "trailers" | "reset" | undefined;
  /** How many bytes of body we may send. */
  window: number;
  /** How many bytes of body the other end was allowed to send, in total. */
  granted: number;
  /** How many bytes the other end granted, in total. */
  credit = 0;
  readonly #mux: ScriptedMux;

  /** Made by the mux alone. */
  constructor(
    mux: ScriptedMux,
    head: OpenHead,
    name: { slot: number; generation: number },
    windows: { send: number; receive: number },
  ) {
    this.#mux = mux;
    this.grants = mux.grants;
    this.head = head;
    this.slot = name.slot;
    this.generation = name.generation;
    this.window = windows.send;
    this.granted = windows.receive;
  }

  /** The final answer, if it is there. */
  get response(): ResponseHead | undefined {
    return this.responses.find(({ status }) => status >= 200 || status === 101);
  }

  /** True once nothing more can come or go. */
  get isOver(): boolean {
    return this.ended !== undefined && this.sentEnd !== undefined;
  }

  /** The bytes of a DATA frame. */
  dataFrame(body: Uint8Array, fin = false): Uint8Array {
    this.window -= body.length;
    if (fin) this.sentEnd = "fin";
    return encodeFrame(FrameType.data, body, this, fin);
  }

  /** Sends a body as the other end grants it, in frames of at most `frameBytes`. */
  async send(
    body: Uint8Array,
    { fin = false, frameBytes = MOST_DATA_BYTES }: { fin?: boolean; frameBytes?: number } = {},
  ): Promise<void> {
    const { link, patienceMs } = this.#mux;
    let at = 0;
    do {
      if (at < body.length) {
        await link.watch.until(
          () => this.window > 0 || this.ended === "reset" || undefined,
          `CREDIT for slot ${this.slot} after ${at} of ${body.length} bytes`,
          patienceMs,
        );
        if (this.ended === "reset") return;
      }
      const end = Math.min(body.length, at + Math.min(this.window, frameBytes));
      const isLast = end === body.length;
      if (end > at || (isLast && fin)) {
        await link.send(this.dataFrame(body.subarray(at, end), fin && isLast));
      }
      at = end;
    } while (at < body.length);
  }

  /** Sends trailers. */
  async sendTrailers(fields: Uint8Array): Promise<void> {
    this.sentEnd = "trailers";
    await this.#mux.link.send(encodeFrame(FrameType.trailers, fields, this, true));
  }

  /** Answers. */
  async respond(head: ResponseHead, body?: Uint8Array, fin = false): Promise<void> {
    this.window -= body?.length ?? 0;
    if (fin) this.sentEnd = "fin";
    await this.#mux.link.send(encodeHeadFrame(this, head, body, fin));
  }

  /** Resets. */
  async reset(code: number): Promise<void> {
    this.sentEnd = "reset";
    await this.#mux.link.send(
      encodeFrame(FrameType.reset, Uint8Array.of(code >>> 8, code), this),
    );
  }

  /** Grants. */
  async grant(bytes: number): Promise<void> {
    this.granted += bytes;
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, bytes);
    await this.#mux.link.send(encodeFrame(FrameType.credit, payload, this));
  }

  /** Waits for the final answer. */
  async answer(): Promise<ResponseHead> {
    return await this.#until(
      () => this.response,
      () => "a RESPONSE",
    );
  }

  /** Waits until so much of the body is there. */
  async bodyOf(length: number): Promise<Uint8Array> {
    return await this.#until(
      () => this.body.length >= length ? this.body.slice() : undefined,
      () => `${length} bytes of body`,
    );
  }

  /** Waits until the other end has ended its direction. */
  async end(): Promise<"fin" | "trailers" | "reset"> {
    return await this.#until(() => this.ended, () => "FIN, TRAILERS or RESET");
  }

  async #until<T>(probe: () => T | undefined, what: () => string): Promise<T> {
    const { link, patienceMs } = this.#mux;
    const name = `slot ${this.slot}, generation ${this.generation}`;
    try {
      return await link.watch.until(probe, `${what()} in ${name}`, patienceMs);
    } catch (error) {
      if (error instanceof Error) {
        error.message += `\nthere:    ${this.responses.length} RESPONSEs, ` +
          `${this.body.length} bytes of body, ended by ${this.ended ?? "nothing"}`;
      }
      throw error;
    }
  }
}
