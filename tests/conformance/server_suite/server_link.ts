/**
 * A session with the server under test, seen from the client.
 *
 * @module
 */

import { decodeHex, encodeHex } from "@std/encoding/hex";
import { CLOSE_CODES, type CloseCode } from "../../../protocol/errors.ts";
import { decodeRefused, type Terms, type Welcome } from "../../../protocol/link/handshake.ts";
import { encodeRecord, readU64, RecordType } from "../../../protocol/link/record.ts";
import { encodeResume } from "../../../protocol/link/resume.ts";
import type { RawRecord, RawTransport } from "../wire/raw_transport.ts";
import { broken, hex, must, mustEqual } from "../wire/rule.ts";
import { describeClose, ScriptedLink } from "../wire/scripted_link.ts";
import { ScriptedMux } from "../wire/scripted_mux.ts";

/** What a RESUME is to say other than the truth. */
export interface ResumeChanges {
  readonly link?: string;
  readonly epoch?: number;
  readonly received?: number;
  readonly secret?: Uint8Array<ArrayBuffer>;
  readonly token?: string;
}

/** A session and what it takes to resume it. */
export class ServerLink {
  readonly welcome: Welcome;
  readonly link: ScriptedLink;
  readonly mux: ScriptedMux;
  /** The highest epoch so far. */
  epoch = 0;
  readonly #secret: Uint8Array<ArrayBuffer>;
  readonly #patienceMs: number;

  /** Starts the session over the transport that the WELCOME came over. */
  constructor(transport: RawTransport, welcome: Welcome, ownTerms: Terms, patienceMs: number) {
    this.welcome = welcome;
    this.#secret = decodeHex(welcome.secret);
    this.#patienceMs = patienceMs;
    this.link = new ScriptedLink((piece) => this.mux.receive(piece));
    this.mux = new ScriptedMux({
      role: "client",
      link: this.link,
      ownTerms,
      peerTerms: welcome.terms,
      patienceMs,
    });
    this.link.attach(transport);
  }

  /** The record of a RESUME, with the next epoch. */
  async resumeRecord(changes: ResumeChanges = {}): Promise<Uint8Array> {
    const { epoch = this.epoch + 1, secret = this.#secret, token } = changes;
    if (changes.epoch === undefined) this.epoch = epoch;
    const { link = this.welcome.link, received = this.link.received } = changes;
    return await encodeResume({ link, epoch, received }, secret, token);
  }

  /** Says RESUME on another transport and insists on a right answer. */
  async resume(
    transport: RawTransport,
    { expectedReceived, ...changes }: ResumeChanges & { expectedReceived?: number } = {},
  ): Promise<void> {
    await transport.write(await this.resumeRecord(changes));
    const record = await transport.readRecord("RESUMED", this.#patienceMs);
    const received = await this.checkResumed(record, changes.epoch ?? this.epoch);
    if (expectedReceived !== undefined) mustEqual(received, expectedReceived, "received of");
    this.link.attach(transport, received);
    await this.link.flush();
  }

  /** Insists on a RESUMED that answers the last RESUME; gives what it received. */
  async checkResumed(record: RawRecord | null, epoch: number = this.epoch): Promise<number> {
    if (record?.type !== RecordType.resumed) throw broken("RESUMED", describeRecord(record));
    const { payload } = record;
    mustEqual(payload.length, 60, "length of RESUMED");
    mustEqual(encodeHex(payload.subarray(0, 16)), this.welcome.link, "link");
    mustEqual(new DataView(payload.buffer, payload.byteOffset).getUint32(16), epoch, "epoch");
    const key = await crypto.subtle.importKey(
      "raw",
      this.#secret,
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["verify"],
    );
    const said = new Uint8Array([
      ...new TextEncoder().encode("tun1 resumed"),
      ...payload.subarray(0, 28),
    ]);
    const isRight = await crypto.subtle.verify("HMAC", key, payload.slice(28), said);
    must(isRight, "the right mac for this payload and the secret in WELCOME", hex(payload));
    const received = readU64(payload, 20);
    const { peerReceived, produced } = this.link;
    must(
      received >= peerReceived && received <= produced,
      `received from ${peerReceived}, which was acknowledged, to ${produced}, which was sent`,
      `${received}`,
    );
    return received;
  }

  /** Waits until the server has acknowledged everything, which PING speeds up. */
  async allAcknowledged(): Promise<void> {
    await this.link.write(encodeRecord(RecordType.ping, new Uint8Array(8)));
    await this.link.watch.until(
      () => this.link.peerReceived === this.link.produced || undefined,
      `ACK of ${this.link.produced}`,
      this.#patienceMs,
    );
    await this.link.acknowledge();
  }

  /** Waits for a CLOSE with this code, and for the end of the transport. */
  async mustClose(code: CloseCode): Promise<void> {
    const { link } = this;
    const wanted = `CLOSE ${code} (${CLOSE_CODES[code]})`;
    await link.watch.until(
      () => link.closed !== undefined || link.isEnded || undefined,
      wanted,
      this.#patienceMs,
    );
    const { closed } = link;
    if (closed === undefined) throw broken(wanted, `the end\n${link.describe()}`);
    if (closed.value !== CLOSE_CODES[code]) throw broken(wanted, describeClose(closed));
    await link.transport?.endWriting();
    await this.mustEnd();
  }

  /** Waits for the end of the transport. */
  async mustEnd(): Promise<void> {
    await this.link.watch.until(
      () => this.link.isEnded || undefined,
      "the end of the transport",
      this.#patienceMs,
    );
    this.link.drop();
  }
}

/** A record of a handshake in words. */
export function describeRecord(record: RawRecord | null): string {
  if (record === null) return "the end";
  if (record.type === RecordType.refused) return `REFUSED ${decodeRefused(record.payload).code}`;
  return `a record of type ${record.type.toString(16)}: ${hex(record.payload)}`;
}
