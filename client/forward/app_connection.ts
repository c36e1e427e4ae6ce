/**
 * One connection to the app, from request to request.
 *
 * Between requests a read stays pending, so that an app that hangs up is noticed before the next
 * request is written and lost. When a request comes, the same read gets its answer.
 *
 * @module
 */

import type { ReadListener, SendListener, TcpTransport, WriteRoom } from "@tun/protocol";
import { ResponseHeadParser } from "@tun/protocol/http1";

/** What carries the bytes. */
export type AppTransport = Pick<
  TcpTransport,
  "read" | "listen" | "write" | "send" | "closeWrite" | "close"
>;

/** A connection to the app. */
export class AppConnection implements ReadListener, SendListener {
  /** Reads the heads of its responses, one after the other. */
  readonly parser: ResponseHeadParser = new ResponseHeadParser();
  /** True if it has served a request before: then the app may be about to close it. */
  isReused = false;
  /** True once the app has been sent all of the request. */
  isSent = false;
  /** When it was put aside. */
  idleSince = 0;
  readonly #transport: AppTransport;
  /** The memory of what is being sent. */
  #room: WriteRoom | undefined;
  #isReading = false;
  #reader: ReadListener | undefined;
  #onDead: ((connection: AppConnection) => void) | undefined;

  /** Takes over a transport. */
  constructor(transport: AppTransport) {
    this.#transport = transport;
  }

  /** The next bytes, valid until the next call, or `null` at the end. */
  read(): Promise<Uint8Array | null> {
    return this.#transport.read();
  }

  /** Tells `reader` of the next bytes, once: without a promise of its own for each request. */
  listen(reader: ReadListener): void {
    this.#reader = reader;
    if (!this.#isReading) this.#readOnce();
  }

  /** Sends bytes, which must not change until the promise resolves. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#transport.write(bytes);
  }

  /**
   * Sends a whole request, which must not change until {@linkcode isSent} is true; then `room` is
   * given back. That it cannot be sent is seen by who reads.
   */
  send(bytes: Uint8Array, room?: WriteRoom): void {
    this.isSent = false;
    this.#room = room;
    this.#transport.send(bytes, this);
  }

  /** Ends our side. */
  closeWrite(): Promise<void> {
    return this.#transport.closeWrite();
  }

  /** Ends both sides at once. */
  close(): void {
    this.#onDead = undefined;
    this.#transport.close();
  }

  /** Puts it aside; `onDead` is called if the app says anything but waits for the next request. */
  rest(now: number, onDead: (connection: AppConnection) => void): void {
    this.isReused = true;
    this.idleSince = now;
    this.#onDead = onDead;
    this.#readOnce();
  }

  /** Takes it into use again. */
  wake(): void {
    this.#onDead = undefined;
  }

  /** For the transport. */
  onBytes(bytes: Uint8Array | null): void {
    const reader = this.#takeReader();
    if (reader === undefined) this.#die();
    else reader.onBytes(bytes);
  }

  /** For the transport. */
  onBroken(error: unknown): void {
    const reader = this.#takeReader();
    if (reader === undefined) this.#die();
    else reader.onBroken(error);
  }

  /** For the transport. */
  onSent(): void {
    this.isSent = true;
    this.#room?.giveBack();
    this.#room = undefined;
  }

  /** For the transport: whoever reads hears of it, behind what the app may have said before. */
  onUnsent(): void {}

  #takeReader(): ReadListener | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    this.#isReading = false;
    return reader;
  }

  #readOnce(): void {
    this.#isReading = true;
    this.#transport.listen(this);
  }

  #die(): void {
    const onDead = this.#onDead;
    if (onDead === undefined) return;
    this.close();
    onDead(this);
  }
}
