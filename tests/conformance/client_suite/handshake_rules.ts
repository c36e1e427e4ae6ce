/**
 * HELLO, WELCOME and REFUSED, as a client must deal with them.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { encodeRecord, RECORD_HEADER_BYTES, RecordType } from "../../../protocol/link/record.ts";
import { broken, hex, must, mustEqual, type Rule, RuleBroken } from "../wire/rule.ts";
import { pause } from "../wire/watch.ts";
import { type ClientTester, plainWelcome, TOKEN } from "./client_tester.ts";

/** A client hangs up at once on nonsense; this is more than the network takes. */
const HANG_UP_MS = 3000;

/** The rules. */
export const HANDSHAKE_RULES: readonly Rule<ClientTester>[] = [
  {
    name: "HELLO is well-formed and says the token",
    section: 4,
    async check(tester) {
      const { transport, hello } = await tester.hello();
      mustEqual(hello.token, TOKEN, "token");
      must(hello.terms.streams >= 100, "terms.streams of at least 100", `${hello.terms.streams}`);
      must(hello.terms.window >= 16_384, "terms.window of at least 16384", `${hello.terms.window}`);
      transport.close();
    },
  },
  {
    name: "nothing follows HELLO before WELCOME",
    section: 3,
    async check(tester) {
      const { transport } = await tester.hello();
      const bytes = await transport.readWithin(300);
      if (bytes !== undefined) {
        throw broken("silence after HELLO", bytes === null ? "the end" : hex(bytes));
      }
      transport.close();
    },
  },
  {
    name: "unknown keys in WELCOME are ignored, and the tunnel is claimed",
    section: 15,
    async check(tester) {
      const { claim } = await tester.session();
      mustEqual([claim?.kind, claim?.mode, claim?.name], ["http", "claim", "conformance"], "CLAIM");
    },
  },
  {
    name: "a WELCOME may come byte by byte",
    section: 3,
    async check(tester) {
      const { transport, hello } = await tester.hello();
      const welcome = tester.makeWelcome();
      for (const byte of plainWelcome(welcome)) {
        await transport.write(Uint8Array.of(byte));
        await pause(0);
      }
      await tester.claimed(tester.use(transport, welcome, hello));
    },
  },
  {
    name: "WELCOME and DATA may come together",
    section: 3,
    async check(tester) {
      const { transport, hello } = await tester.hello();
      const welcome = tester.makeWelcome();
      // A frame that may be ignored, in a DATA record.
      const data = encodeRecord(RecordType.data, Uint8Array.of(0, 0, 1, 0x80, 0, 0, 0, 0, 42));
      await transport.write(concat([plainWelcome(welcome), data]));
      const session = tester.use(transport, welcome, hello);
      session.link.noteSent(data.subarray(RECORD_HEADER_BYTES));
      await tester.claimed(session);
    },
  },
  {
    name: "after a lost WELCOME, HELLO comes again with the same nonce",
    section: 4,
    async check(tester) {
      const first = await tester.hello();
      first.transport.close();
      const second = await tester.hello();
      mustEqual(second.hello.nonce, first.hello.nonce, "nonce");
      const welcome = plainWelcome(tester.makeWelcome());
      await second.transport.write(welcome.subarray(0, welcome.length - 1));
      await second.transport.endWriting();
      await second.transport.mustEnd("the end of a transport that was cut in WELCOME", HANG_UP_MS);
      second.transport.close();
      const third = await tester.hello();
      mustEqual(third.hello.nonce, first.hello.nonce, "nonce");
      third.transport.close();
    },
  },
  {
    name: "a new session has a new nonce",
    section: 4,
    async check(tester) {
      const first = await tester.session();
      const second = await tester.session();
      must(first.hello.nonce !== second.hello.nonce, "another nonce", second.hello.nonce);
    },
  },
  {
    name: "a refusal that is not final is tried again, not before retryAfterMs",
    section: 4,
    async check(tester) {
      const { transport } = await tester.hello();
      const at = performance.now();
      await tester.refuse(transport, "overloaded", { final: false, retryAfterMs: 400 });
      await transport.endWriting();
      const again = await tester.hello();
      const waited = Math.round(performance.now() - at);
      transport.close();
      again.transport.close();
      must(waited >= 390, "400 ms until the next HELLO", `${waited} ms`);
    },
  },
  {
    name: "a client hangs up on what is no answer to HELLO",
    section: 14,
    async check(tester) {
      const answers = {
        "HTTP/1.1 400": new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"),
        "an ACK": encodeRecord(RecordType.ack, new Uint8Array(8)),
        "a WELCOME of {}": encodeRecord(RecordType.welcome, new TextEncoder().encode("{}")),
        "a HELLO": encodeRecord(RecordType.hello, new Uint8Array(7)),
        "a WELCOME of 16,385 bytes": Uint8Array.of(0xf1, 0, 0x40, 1),
      };
      for (const [name, answer] of Object.entries(answers)) {
        const { transport } = await tester.hello();
        await transport.write(answer);
        await transport.mustEnd(`the end after ${name}`, HANG_UP_MS);
        transport.close();
      }
    },
  },
  {
    name: "after a final refusal the client ends with an exit code other than 0",
    section: 15,
    async check(tester) {
      const { transport } = await tester.hello();
      await tester.refuse(transport, "token_refused");
      await transport.endWriting();
      const code = await tester.exitCode();
      transport.close();
      if (code === 0) throw new RuleBroken("expected: an exit code other than 0\ncame:     0");
    },
  },
];
