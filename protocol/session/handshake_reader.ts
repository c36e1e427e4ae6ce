/**
 * Reads the one record at a time that a handshake consists of.
 *
 * @module
 */

import { HandshakeFailed, ProtocolError } from "../errors.ts";
import { RecordDecoder, type RecordSink } from "../link/record_decoder.ts";
import { type Transport, TransportError } from "../transport/transport.ts";

/** A record of a handshake. */
export interface HandshakeRecord {
  /** Its type. */
  readonly type: number;
  /** Its payload; the reader's to keep. */
  readonly payload: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** Reads records from a transport, and not one byte more than it must keep. */
export class HandshakeReader implements RecordSink {
  readonly #transport: Transport;
  readonly #decoder: RecordDecoder = new RecordDecoder(this);
  #record: HandshakeRecord | undefined;
  #rest: Uint8Array;

  /** Makes a reader; `leading` are bytes that were read from the transport before. */
  constructor(transport: Transport, leading: Uint8Array = NOTHING) {
    this.#transport = transport;
    this.#rest = leading;
  }

  /** Bytes behind the record that was read last; valid until the transport is read again. */
  get rest(): Uint8Array {
    return this.#rest;
  }

  /**
   * Reads the next record.
   *
   * @throws {HandshakeFailed} `not_tun`, if it is not one of a handshake; `cut`, at the end.
   * @throws {TransportError} If the transport fails.
   */
  async next(): Promise<HandshakeRecord> {
    this.#record = undefined;
    while (this.#record === undefined) {
      if (this.#rest.length === 0) {
        const bytes = await this.#transport.read();
        if (bytes === null) {
          throw new HandshakeFailed("cut", "The peer hung up in the handshake");
        }
        this.#rest = bytes;
      }
      this.#rest = this.#rest.subarray(this.#push());
    }
    return this.#record;
  }

  /** The next record, or `undefined` from a peer that has nothing more to say. */
  async nextIfAny(): Promise<HandshakeRecord | undefined> {
    try {
      return await this.next();
    } catch (error) {
      if (error instanceof HandshakeFailed || error instanceof TransportError) return undefined;
      throw error;
    }
  }

  #push(): number {
    try {
      return this.#decoder.push(this.#rest);
    } catch (error) {
      if (error instanceof ProtocolError) throw new HandshakeFailed("not_tun", error.message);
      throw error;
    }
  }

  onData(): void {
    throw new ProtocolError("bad_record", "Cannot take data before the handshake");
  }

  onRecord(type: number, payload: Uint8Array): boolean {
    this.#record = { type, payload: payload.slice() };
    return false;
  }
}
