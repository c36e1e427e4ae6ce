/**
 * A session with the client under test, seen from the server.
 *
 * @module
 */

import { decodeHex } from "@std/encoding/hex";
import { CLOSE_CODES, type CloseCode } from "../../../protocol/errors.ts";
import type { Hello, Welcome } from "../../../protocol/link/handshake.ts";
import { encodeClose } from "../../../protocol/link/record.ts";
import { decodeResume, encodeResumed, type ResumeRequest } from "../../../protocol/link/resume.ts";
import type { Claim } from "../../../protocol/mux/control.ts";
import type { HttpOpen } from "../../../protocol/mux/head.ts";
import type { RawTransport } from "../wire/raw_transport.ts";
import { broken, hex, must, mustEqual, mustEqualBytes } from "../wire/rule.ts";
import { describeClose, ScriptedLink } from "../wire/scripted_link.ts";
import { type OpenOptions, ScriptedMux } from "../wire/scripted_mux.ts";
import type { ScriptedStream } from "../wire/scripted_stream.ts";

const NOTHING = new Uint8Array(0);

/** A session and what it takes to resume it. */
export class ClientLink {
  readonly welcome: Welcome;
  readonly hello: Hello;
  readonly link: ScriptedLink;
  readonly mux: ScriptedMux;
  /** The client's claim, once it came. */
  claim: Claim | undefined;
  /** The highest epoch so far. */
  epoch = 0;
  /** What RESUME must say; `undefined` when we cannot know it. */
  expectedReceived: number | undefined;
  readonly #secret: Uint8Array<ArrayBuffer>;
  readonly #patienceMs: number;
  #isClosed = false;

  /** Makes a session without a transport. */
  constructor(welcome: Welcome, hello: Hello, patienceMs: number) {
    this.welcome = welcome;
    this.hello = hello;
    this.#secret = decodeHex(welcome.secret);
    this.#patienceMs = patienceMs;
    this.link = new ScriptedLink((piece) => this.mux.receive(piece));
    this.mux = new ScriptedMux({
      role: "server",
      link: this.link,
      ownTerms: welcome.terms,
      peerTerms: hello.terms,
      patienceMs,
    });
  }

  /** True as long as another rule can be checked in it. */
  get isUsable(): boolean {
    return !this.#isClosed && !this.link.isEnded && this.link.closed === undefined;
  }

  /** An http request as a head. */
  head(method: string, target: string, headers = "Host: conformance.example.com\r\n"): HttpOpen {
    return {
      kind: "http",
      tunnel: this.claim?.tunnel ?? 0,
      visitor: "192.0.2.7:51234",
      scheme: "http",
      minorVersion: 1,
      method,
      target,
      authority: "conformance.example.com",
      headers: Uint8Array.from(headers, (character) => character.charCodeAt(0)),
    };
  }

  /** Opens an http stream. */
  async request(
    method: string,
    target: string,
    options: OpenOptions & { headers?: string } = {},
  ): Promise<ScriptedStream> {
    return await this.mux.open(this.head(method, target, options.headers), options);
  }

  /** Waits until the client has acknowledged everything. */
  async allAcknowledged(): Promise<void> {
    await this.link.watch.until(
      () => this.link.peerReceived === this.link.produced || undefined,
      `ACK of ${this.link.produced}`,
      this.#patienceMs,
    );
    await this.link.acknowledge();
  }

  /** Insists on a RESUME for this link that goes on from the last. */
  async checkResume(payload: Uint8Array): Promise<ResumeRequest> {
    const request = decodeResume(payload);
    mustEqual(request.link, this.welcome.link, "link");
    must(request.epoch > this.epoch, `an epoch above ${this.epoch}`, `${request.epoch}`);
    must(
      await request.verify(this.#secret),
      "the right mac for this payload and the secret in WELCOME",
      hex(payload.subarray(-32)),
    );
    this.epoch = request.epoch;
    if (this.expectedReceived !== undefined) {
      mustEqual(request.received, this.expectedReceived, "received of");
    }
    const { peerReceived, produced } = this.link;
    must(
      request.received >= peerReceived && request.received <= produced,
      `received from ${peerReceived}, which was acknowledged, to ${produced}, which was sent`,
      `${request.received}`,
    );
    return request;
  }

  /** Grants a RESUME, and sends what the client does not have. */
  async resumeOn(transport: RawTransport, payload: Uint8Array): Promise<void> {
    const { received } = decodeResume(payload);
    this.expectedReceived = undefined;
    await transport.write(await this.resumedRecord());
    this.link.attach(transport, received);
    await this.link.flush();
  }

  /** The record of a RESUMED, with changes to be refused. */
  async resumedRecord(
    changes: { link?: string; epoch?: number; received?: number } = {},
    secret: Uint8Array<ArrayBuffer> = this.#secret,
  ): Promise<Uint8Array> {
    const point = { link: this.welcome.link, epoch: this.epoch, received: this.link.received };
    return await encodeResumed({ ...point, ...changes }, secret);
  }

  /** Closes the session. */
  async close(code: CloseCode): Promise<void> {
    this.#isClosed = true;
    await this.link.write(encodeClose(CLOSE_CODES[code], "It is a test"));
    await this.link.transport?.endWriting();
  }

  /** Waits for a CLOSE with this code, and for the end of the transport. */
  async mustClose(code: CloseCode): Promise<void> {
    this.#isClosed = true;
    const { link } = this;
    await link.watch.until(
      () => link.closed !== undefined || link.isEnded || undefined,
      `CLOSE ${code} (${CLOSE_CODES[code]})`,
      this.#patienceMs,
    );
    const { closed } = link;
    if (closed === undefined) {
      throw broken(
        `CLOSE ${code} (${CLOSE_CODES[code]})`,
        `the end of the transport\n${link.describe()}`,
      );
    }
    if (closed.value !== CLOSE_CODES[code]) {
      throw broken(`CLOSE ${code} (${CLOSE_CODES[code]})`, describeClose(closed));
    }
    await link.transport?.endWriting();
    await link.watch.until(
      () => link.isEnded || undefined,
      "the end of the transport after CLOSE",
      this.#patienceMs,
    );
    link.drop();
  }

  /** Insists on an answer as section 15 has it, with this body. */
  async mustAnswer(
    stream: ScriptedStream,
    body: Uint8Array = NOTHING,
    end: "fin" | "trailers" = "fin",
  ): Promise<void> {
    await this.mustBegin(stream);
    await stream.bodyOf(body.length);
    mustEqual(await stream.end(), end, "an end by");
    mustEqualBytes(stream.body.slice(), body, "the body as it was sent");
  }

  /** Insists on the head of an answer as section 15 has it. */
  async mustBegin(stream: ScriptedStream): Promise<void> {
    const { status, reason, headers } = await stream.answer();
    const { method, target } = stream.head as HttpOpen;
    mustEqual([status, reason], [200, "OK"], "status and reason");
    const lines = Array.from(headers, (byte) => String.fromCharCode(byte)).join("");
    const values = new Map(
      lines.split("\r\n").filter((line) => line !== "").map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    must(lines === "" || lines.endsWith("\r\n"), "header lines that end in CRLF", lines);
    mustEqual(values.get("x-method"), method, "X-Method:");
    mustEqual(values.get("x-target"), target, "X-Target:");
  }
}
