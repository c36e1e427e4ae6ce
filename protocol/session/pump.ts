/**
 * Moves bytes between one transport and a link until one of them ends.
 *
 * @module
 */

import type { Clock, Timer } from "../clock.ts";
import { ProtocolError } from "../errors.ts";
import type { Link } from "../link/link.ts";
import { type Transport, TransportError } from "../transport/transport.ts";

/** After our CLOSE the peer has this long to end its side; then we end it. */
const LINGER_MS = 1000;

/**
 * In a long turn a first write leaves after so much was made, and the rest in a second one: what a
 * turn makes for a hundred streams would else travel as one batch through all the programs on the
 * way, of which only one would work at a time (1.1 to 1.2 times the small requests of 64
 * connections, `deno task bench versus --only small-64`).
 */
const EARLY_WRITE_AT = 16;

/** How a pump ends, other than by being stopped. */
export interface PumpUser {
  /** The transport is lost: the network failed, or the peer fell silent or hung up. */
  onLost(cause: TransportError): void;
  /** The peer broke the protocol, or we have a bug: the session cannot go on. */
  onViolation(error: ProtocolError): void;
  /** The transport is closed, for whatever reason. */
  onStopped(): void;
}

/** Carries a link over a transport. */
export class Pump {
  readonly #transport: Transport;
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #user: PumpUser;
  #timer: Timer | undefined;
  #timerAt = Infinity;
  #isWriting = false;
  #isWoken = false;
  /** How often it was woken in this turn. */
  #wakes = 0;
  #state: "running" | "finishing" | "stopped" = "running";

  /** Makes a pump; the link is attached by the caller. */
  constructor(transport: Transport, link: Link, clock: Clock, user: PumpUser) {
    this.#transport = transport;
    this.#link = link;
    this.#clock = clock;
    this.#user = user;
  }

  /** Starts with bytes that were read already. */
  start(leading: Uint8Array): void {
    if (leading.length > 0) this.#receive(leading);
    this.#tick();
    this.wake();
    this.#read();
  }

  /** There may be something to write: what is made in this turn goes in one write, or in two. */
  wake(): void {
    if (this.#isWriting || this.#state === "stopped") return;
    this.#wakes++;
    if (this.#isWoken) {
      if (this.#wakes === EARLY_WRITE_AT) this.#write();
      return;
    }
    this.#isWoken = true;
    queueMicrotask(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isWoken = false;
    this.#wakes = 0;
    this.#write();
  };

  /** Ends at once. */
  stop(): void {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    this.#timer?.cancel();
    this.#transport.close();
    this.#user.onStopped();
  }

  /** Ends in good order: what the link still has to say, and then our side. */
  finish(): void {
    if (this.#state !== "running") return;
    this.#state = "finishing";
    this.#timer?.cancel();
    this.#timer = this.#clock.schedule(LINGER_MS, () => this.stop());
    this.wake();
  }

  async #read(): Promise<void> {
    try {
      while (this.#state !== "stopped") {
        const bytes = await this.#transport.read();
        if (bytes === null) break;
        if (this.#state === "running") this.#receive(bytes);
      }
    } catch (error) {
      return this.#lose(error);
    }
    if (this.#state === "finishing") this.stop();
    else this.#lose(new TransportError("connection_lost", "The peer has hung up"));
  }

  #receive(bytes: Uint8Array): void {
    try {
      this.#link.receive(bytes, this.#clock.now());
    } catch (error) {
      return this.#user.onViolation(asViolation(error));
    }
    if (this.#state !== "running") return;
    this.wake();
    if (this.#link.acknowledgeAt < this.#timerAt) this.#tick();
  }

  async #write(): Promise<void> {
    if (this.#isWriting || this.#state === "stopped") return;
    this.#isWriting = true;
    try {
      let bytes = this.#link.pull(this.#clock.now());
      while (bytes !== undefined) {
        await this.#transport.write(bytes);
        if (this.#isStopped()) return;
        this.#link.wrote();
        bytes = this.#link.pull(this.#clock.now());
      }
      if (this.#state === "finishing") await this.#transport.closeWrite();
    } catch (error) {
      this.#lose(error);
    } finally {
      this.#isWriting = false;
    }
  }

  /** A method, because the state changes while a write is awaited. */
  #isStopped(): boolean {
    return this.#state === "stopped";
  }

  #tick(): void {
    if (this.#state !== "running") return;
    this.#timer?.cancel();
    const now = this.#clock.now();
    const tick = this.#link.tick(now);
    if (tick.kind === "dead") {
      return this.#lose(new TransportError("connection_lost", "The peer has fallen silent"));
    }
    this.#timerAt = now + tick.ms;
    this.#timer = this.#clock.schedule(tick.ms, () => {
      this.#tick();
      this.wake();
    });
  }

  #lose(error: unknown): void {
    if (this.#state === "stopped") return;
    const wasRunning = this.#state === "running";
    if (error instanceof TransportError) {
      this.stop();
      if (wasRunning) this.#user.onLost(error);
    } else {
      // The session has to be over by the time its last transport stops.
      if (wasRunning) this.#user.onViolation(asViolation(error));
      this.stop();
    }
  }
}

/** An error that is neither the peer's nor the network's is ours, and costs this session only. */
function asViolation(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  return new ProtocolError("internal", "Cannot go on after a fault of our own", { cause: error });
}
