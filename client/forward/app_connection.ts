/**
 * One connection to the app, from request to request.
 *
 * Between requests a read stays pending, so that an app that hangs up is noticed before the next
 * request is written and lost. When a request comes, the same read gets its answer.
 *
 * @module
 */

import type { Transport } from "@tun/protocol";
import { ResponseHeadParser } from "@tun/protocol/http1";

/** A connection to the app. */
export class AppConnection {
  /** Reads the heads of its responses, one after the other. */
  readonly parser: ResponseHeadParser = new ResponseHeadParser();
  /** True if it has served a request before: then the app may be about to close it. */
  isReused = false;
  /** When it was put aside. */
  idleSince = 0;
  readonly #transport: Transport;
  #pending: Promise<Uint8Array | null> | undefined;
  #onDead: ((connection: AppConnection) => void) | undefined;

  /** Takes over a transport. */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The next bytes, valid until the next call, or `null` at the end. */
  read(): Promise<Uint8Array | null> {
    const pending = this.#pending;
    if (pending === undefined) return this.#transport.read();
    this.#pending = undefined;
    return pending;
  }

  /** Sends bytes, which must not change until the promise resolves. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#transport.write(bytes);
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
    this.#pending = this.#transport.read();
    this.#pending.then(this.#onIdleRead, this.#onIdleRead);
  }

  /** Takes it into use again. */
  wake(): void {
    this.#onDead = undefined;
  }

  // A field, so that no closure is made for each request.
  readonly #onIdleRead = (): void => {
    const onDead = this.#onDead;
    if (onDead === undefined) return;
    this.close();
    onDead(this);
  };
}
