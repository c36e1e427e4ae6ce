/**
 * The link as a script wants it: it resumes, acknowledges and answers pings unless it
 * is told not to, sends what it is told to, and insists on the rules for the other end.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { decodeHex } from "@std/encoding/hex";
import { closeCodeOf } from "../../../protocol/errors.ts";
import {
  encodeRecord,
  readU64,
  RECORD_HEADER_BYTES,
  RecordType,
  writeNumberRecord,
} from "../../../protocol/link/record.ts";
import { RecordDecoder } from "../../../protocol/link/record_decoder.ts";
import { ByteLog } from "./byte_log.ts";
import type { RawTransport } from "./raw_transport.ts";
import { broken, hex, RuleBroken } from "./rule.ts";
import { Watch } from "./watch.ts";

/** A record that came in, other than DATA. */
export interface Noted {
  /** What it is. */
  readonly kind: "data" | "ack" | "ping" | "pong" | "close";
  /** When it came, in milliseconds. */
  readonly at: number;
  /** What an ACK says, how long a piece of DATA is, or the code of a CLOSE. */
  readonly value: number;
  /** The payload; of DATA the piece that came. */
  readonly payload: Uint8Array;
}

/** What is to be remembered for failures. */
const MOST_SHOWN = 12;

/** How our DATA records are cut without other orders. */
const RECORD_BYTES = 64 * 1024;

/** A link. */
export class ScriptedLink {
  /** Everything that came over the present transport, DATA in the pieces that were read. */
  noted: Noted[] = [];
  /** Whether what came is acknowledged at once. */
  acknowledges = true;
  /** Whether what comes is held to the rules: not once we have broken them. */
  isStrict = true;
  /** Whether pings are answered. */
  answersPings = true;
  /** How long our DATA records are at most. */
  recordBytes: number = RECORD_BYTES;
  /** After so many more bytes of the other end the transport is cut. */
  cutAfterReading: number = Infinity;
  /** Waits for what happens. */
  readonly watch: Watch = new Watch(() => this.describe());
  readonly #sent = new ByteLog();
  readonly #onPayload: (piece: Uint8Array) => void;
  readonly #shown: string[] = [];
  #transport: RawTransport | undefined;
  #received = 0;
  #acknowledged = 0;
  #peerReceived = 0;
  /** How much of what we produced was written on the present transport. */
  #written = 0;
  #isEnded = false;

  /** Makes a link without a transport. */
  constructor(onPayload: (piece: Uint8Array) => void) {
    this.#onPayload = onPayload;
  }

  /** How many bytes of payload have come in. */
  get received(): number {
    return this.#received;
  }

  /** How many bytes of payload were produced. */
  get produced(): number {
    return this.#sent.length;
  }

  /** How many of them the other end says to have. */
  get peerReceived(): number {
    return this.#peerReceived;
  }

  /** The present transport. */
  get transport(): RawTransport | undefined {
    return this.#transport;
  }

  /** True once the other end has ended the present transport, or we have cut it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The first CLOSE on the present transport. */
  get closed(): Noted | undefined {
    return this.noted.find(({ kind }) => kind === "close");
  }

  /** Uses another transport, and sends what the other end does not have. */
  attach(transport: RawTransport, peerReceived = 0): void {
    this.#transport = transport;
    this.#isEnded = false;
    this.noted = [];
    this.cutAfterReading = Infinity;
    this.#acknowledged = this.#received;
    this.#peerReceived = peerReceived;
    this.#written = peerReceived;
    this.#read(transport);
  }

  /** Sends payload, in DATA records. */
  async send(payload: Uint8Array): Promise<void> {
    this.#sent.append(payload);
    await this.flush();
  }

  /** Adds payload that goes with the next {@linkcode flush}, or after a resume. */
  produce(payload: Uint8Array): void {
    this.#sent.append(payload);
  }

  /** Counts payload that was written without the link. */
  noteSent(payload: Uint8Array): void {
    this.#sent.append(payload);
    this.#written += payload.length;
  }

  /** Sends all payload that was not written on this transport. */
  async flush(): Promise<void> {
    const parts: Uint8Array[] = [];
    while (this.#written < this.#sent.length) {
      const end = Math.min(this.#sent.length, this.#written + this.recordBytes);
      parts.push(encodeRecord(RecordType.data, this.#sent.slice(this.#written, end)));
      this.#written = end;
    }
    if (parts.length > 0) await this.write(concat(parts));
  }

  /** Sends the first `bytes` bytes of the records that {@linkcode flush} would send. */
  async flushPart(bytes: number): Promise<number> {
    const from = this.#written;
    const payload = this.#sent.slice(from, this.#sent.length);
    const records: Uint8Array[] = [];
    for (let at = 0; at < payload.length; at += this.recordBytes) {
      records.push(encodeRecord(RecordType.data, payload.slice(at, at + this.recordBytes)));
    }
    await this.write(concat(records).subarray(0, bytes));
    let left = bytes;
    let arrived = 0;
    for (const record of records) {
      const taken = Math.min(left, record.length);
      arrived += Math.max(0, taken - RECORD_HEADER_BYTES);
      left -= taken;
    }
    return from + arrived;
  }

  /** Sends bytes that need not be records; hex is sent as bytes. */
  async write(bytes: Uint8Array | string): Promise<void> {
    const raw = typeof bytes === "string" ? decodeHex(bytes) : bytes;
    this.#show("sent", raw);
    await this.#transport?.write(raw);
  }

  /** Acknowledges what came. */
  async acknowledge(): Promise<void> {
    if (this.#received === this.#acknowledged) return;
    this.#acknowledged = this.#received;
    const record = new Uint8Array(12);
    writeNumberRecord(record, 0, RecordType.ack, this.#received);
    await this.#transport?.write(record);
  }

  /** Waits for a record that `wanted` likes. */
  async record(wanted: (record: Noted) => boolean, what: string, ms: number): Promise<Noted> {
    return await this.watch.until(() => this.noted.find(wanted), what, ms);
  }

  /** Breaks the transport so that all that was written arrives, and all that came is read. */
  async cut(): Promise<void> {
    const transport = this.#transport;
    if (transport === undefined) return;
    await transport.endWriting();
    const end = performance.now() + 500;
    while (!this.#isEnded && performance.now() < end) {
      await this.watch.until(() => this.#isEnded || undefined, "the end", 500).catch(() => {});
    }
    this.drop();
  }

  /** Breaks the transport at once; what it brings later is nobody's. */
  drop(): void {
    this.#isEnded = true;
    this.#transport?.close();
    this.#transport = undefined;
    this.watch.changed();
  }

  /** What happened lately, for failures. */
  describe(): string {
    return `lately:   ${this.#shown.slice(-MOST_SHOWN).join("\n          ") || "nothing"}`;
  }

  #show(what: string, bytes: Uint8Array): void {
    this.#shown.push(`${what} ${hex(bytes)}`);
    if (this.#shown.length > 2 * MOST_SHOWN) this.#shown.splice(0, MOST_SHOWN);
  }

  async #read(transport: RawTransport): Promise<void> {
    const decoder = new RecordDecoder({
      onData: (piece) => this.#onData(piece),
      onRecord: (type, payload) => this.#onRecord(type, payload.slice()),
    });
    for (;;) {
      let bytes = await transport.read();
      if (this.#transport !== transport) return;
      if (bytes === null) break;
      const isLast = bytes.length >= this.cutAfterReading;
      if (isLast) bytes = bytes.subarray(0, this.cutAfterReading);
      this.cutAfterReading -= bytes.length;
      this.#show("came", bytes);
      try {
        decoder.push(bytes);
      } catch (error) {
        const came = error instanceof RuleBroken ? error : broken(
          "records that section 3 allows",
          `${error instanceof Error ? error.message : error}\n${this.describe()}`,
        );
        this.watch.fail(came);
      }
      if (isLast) return this.drop();
      if (this.acknowledges) this.acknowledge();
      this.watch.changed();
    }
    this.#isEnded = true;
    this.watch.changed();
  }

  #note(kind: Noted["kind"], value: number, payload: Uint8Array): void {
    this.noted.push({ kind, value, payload, at: performance.now() });
  }

  #onData(piece: Uint8Array): void {
    this.#note("data", piece.length, piece);
    this.#received += piece.length;
    if (this.isStrict) this.#onPayload(piece);
  }

  #onRecord(type: number, payload: Uint8Array): boolean {
    switch (type) {
      case RecordType.ack:
        this.#onAck(readU64(payload, 0));
        this.#note("ack", readU64(payload, 0), payload);
        break;
      case RecordType.ping:
        this.#note("ping", 0, payload);
        if (this.answersPings) this.#transport?.writeRecord(RecordType.pong, payload);
        break;
      case RecordType.pong:
        this.#note("pong", 0, payload);
        break;
      case RecordType.close:
        this.#note("close", payload[0]! << 8 | payload[1]!, payload);
        break;
      default:
        throw broken("no record of a handshake after the handshake", `type ${type}`);
    }
    return true;
  }

  #onAck(received: number): void {
    if (!this.isStrict) return;
    if (received < this.#peerReceived || received > this.#sent.length) {
      throw broken(
        `an ACK from ${this.#peerReceived} to ${this.#sent.length}`,
        `${received}`,
      );
    }
    this.#peerReceived = received;
  }
}

/** The word for a CLOSE, with its reason. */
export function describeClose({ value, payload }: Noted): string {
  return `CLOSE ${closeCodeOf(value)} (${value}): ${new TextDecoder().decode(payload.subarray(2))}`;
}
