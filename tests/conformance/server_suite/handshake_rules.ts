/**
 * HELLO in all its forms, as a server must deal with it.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { encodeRecord, RecordType } from "../../../protocol/link/record.ts";
import { encodeFrame } from "../../../protocol/mux/outbound.ts";
import { must, mustEqual, type Rule, RuleSkipped } from "../wire/rule.ts";
import { pause } from "../wire/watch.ts";
import { CLIENT_TERMS, type ServerTester } from "./server_tester.ts";

/** A server gives a handshake 10 seconds, and may take one more to notice. */
const HANDSHAKE_MS = 11_500;

/** A HELLO of any versions and JSON. */
function rawHello(json: string, versions = [1, 1], magic = "tun"): Uint8Array {
  const encoder = new TextEncoder();
  return encodeRecord(
    RecordType.hello,
    Uint8Array.of(...encoder.encode(magic), ...versions, ...encoder.encode(json)),
  );
}

const NONCE = "00112233445566778899aabbccddeeff";

/** The rules. */
export const HANDSHAKE_RULES: readonly Rule<ServerTester>[] = [
  {
    name: "HELLO is answered with a WELCOME that is well-formed",
    section: 4,
    async check(tester) {
      const { welcome } = await tester.session();
      must(
        welcome.deadAfterMs > welcome.pingAfterMs,
        "deadAfterMs above pingAfterMs",
        JSON.stringify(welcome),
      );
    },
  },
  {
    name: "HELLO may come byte by byte",
    section: 3,
    async check(tester) {
      const transport = await tester.connect();
      for (const byte of tester.helloRecord()) {
        await transport.write(Uint8Array.of(byte));
        await pause(0);
      }
      await tester.welcomed(transport);
    },
  },
  {
    name: "unknown keys in HELLO are ignored",
    section: 4,
    async check(tester) {
      const terms = { ...CLIENT_TERMS, future: [null] };
      await tester.session({ future: { a: 1 }, terms });
    },
  },
  {
    name: "of versions 0 to 255, version 1 is chosen",
    section: 16,
    async check(tester) {
      const { welcome } = await tester.session({ versions: [0, 255] });
      mustEqual(welcome.version, 1, "version");
    },
  },
  {
    name: "a HELLO without a common version is refused, whatever else is in it",
    section: 16,
    async check(tester) {
      for (const versions of [[2, 9], [0, 0], [255, 255]]) {
        const transport = await tester.connect();
        await transport.write(rawHello("from the future", versions));
        const { final } = await tester.mustRefuse(transport, "version_mismatch");
        mustEqual(final, true, "final");
      }
    },
  },
  {
    name: "a HELLO that requires what nobody knows is refused",
    section: 4,
    async check(tester) {
      const transport = await tester.connect();
      await transport.write(tester.helloRecord({ require: ["x-conformance"] }));
      const { final } = await tester.mustRefuse(transport, "requirement_unknown");
      mustEqual(final, true, "final");
    },
  },
  {
    name: "a HELLO that cannot be read is refused",
    section: 4,
    async check(tester) {
      const good = { agent: "a", nonce: NONCE, terms: CLIENT_TERMS };
      const json = (changes: object) => JSON.stringify({ ...good, ...changes });
      const bad: Record<string, Uint8Array> = {
        "another magic": rawHello(json({}), [1, 1], "tux"),
        "no JSON": rawHello("{"),
        "a list": rawHello("[]"),
        "no nonce": rawHello(json({ nonce: undefined })),
        "a nonce in upper case": rawHello(json({ nonce: NONCE.toUpperCase() })),
        "a nonce of 15 bytes": rawHello(json({ nonce: NONCE.slice(2) })),
        "an agent of 201 characters": rawHello(json({ agent: "a".repeat(201) })),
        "a token that is no text": rawHello(json({ token: 1 })),
        "no terms": rawHello(json({ terms: undefined })),
        "no streams": rawHello(json({ terms: { ...CLIENT_TERMS, streams: 0 } })),
        "a window of 1023": rawHello(json({ terms: { ...CLIENT_TERMS, window: 1023 } })),
        "a resend of 65535": rawHello(json({ terms: { ...CLIENT_TERMS, resend: 65_535 } })),
        "4 bytes": encodeRecord(RecordType.hello, Uint8Array.of(0x74, 0x75, 0x6e, 1)),
      };
      for (const [name, hello] of Object.entries(bad)) {
        const transport = await tester.connect();
        await transport.write(hello);
        try {
          await tester.mustRefuse(transport, "bad_hello");
        } catch (error) {
          if (error instanceof Error) error.message = `after ${name}\n${error.message}`;
          throw error;
        }
      }
    },
  },
  {
    name: "after a refusal the server hangs up within a second or so",
    section: 4,
    async check(tester) {
      const transport = await tester.connect();
      await transport.write(rawHello("{"));
      await tester.mustRefuse(transport, "bad_hello", false);
      await transport.mustEnd("the end", 2500);
    },
  },
  {
    name: "a wrong token is refused",
    section: 4,
    async check(tester) {
      if (tester.options.token === undefined) throw new RuleSkipped("needs --token");
      const transport = await tester.connect();
      await transport.write(tester.helloRecord({ token: "wrong" }));
      const { final } = await tester.mustRefuse(transport, "token_refused");
      mustEqual(final, true, "final");
    },
  },
  {
    name: "the server hangs up on what is neither HELLO nor RESUME",
    section: 14,
    async check(tester) {
      const garbage: Record<string, Uint8Array> = {
        "DATA": Uint8Array.of(1, 0, 0, 1, 0),
        "PING": encodeRecord(RecordType.ping, new Uint8Array(8)),
        "WELCOME": encodeRecord(RecordType.welcome, new Uint8Array(2)),
        "a type that nobody knows": Uint8Array.of(0xff),
        "a HELLO of 16,385 bytes": Uint8Array.of(0xf0, 0, 0x40, 1),
        "a HELLO of 1 byte": Uint8Array.of(0xf0, 0, 0, 1, 0x74),
        "a TLS hello": Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0),
      };
      for (const [name, bytes] of Object.entries(garbage)) {
        const transport = await tester.connect();
        await transport.write(bytes);
        await transport.mustEnd(`the end after ${name}`, tester.patienceMs);
      }
    },
  },
  {
    name: "a client that says nothing, or half a HELLO, is hung up on after 10 seconds",
    section: 4,
    async check(tester) {
      const silent = await tester.connect();
      const halting = await tester.connect();
      const hello = tester.helloRecord();
      await halting.write(hello.subarray(0, hello.length - 1));
      await Promise.all([
        silent.mustEnd("the end of a transport without HELLO", HANDSHAKE_MS),
        halting.mustEnd("the end of a transport with half a HELLO", HANDSHAKE_MS),
      ]);
    },
  },
  {
    name: "the same nonce again replaces the session that nobody knows of",
    section: 4,
    async check(tester) {
      const nonce = encodeHex(crypto.getRandomValues(new Uint8Array(16)));
      const first = await tester.session({ nonce });
      const second = await tester.session({ nonce });
      must(first.welcome.link !== second.welcome.link, "another link", second.welcome.link);
      await first.mustEnd();
      const transport = await tester.connect();
      await transport.write(await first.resumeRecord());
      await tester.mustRefuse(transport, "resume_unknown", false);
      await second.allAcknowledged();
    },
  },
  {
    name: "the same nonce does no harm to a session in which the client has sent DATA",
    section: 4,
    async check(tester) {
      const nonce = encodeHex(crypto.getRandomValues(new Uint8Array(16)));
      const first = await tester.session({ nonce });
      await first.link.send(encodeFrame(0x80, new Uint8Array(1)));
      await first.allAcknowledged();
      const second = await tester.session({ nonce });
      await second.allAcknowledged();
      await first.link.send(encodeFrame(0x80, new Uint8Array(1)));
      await first.allAcknowledged();
      must(!first.link.isEnded, "a session that goes on", "its end");
    },
  },
];
