/**
 * Many streams, slots and generations, and streams that end before their time.
 *
 * @module
 */

import { must, mustEqual, type Rule } from "../wire/rule.ts";
import type { ScriptedStream } from "../wire/scripted_stream.ts";
import type { ClientLink } from "./client_link.ts";
import type { ClientTester } from "./client_tester.ts";
import { pattern } from "../wire/pattern.ts";

/** A stream in which the client has answered and waits for more of the request. */
async function open(link: ClientLink): Promise<ScriptedStream> {
  const stream = await link.request("POST", "/open");
  await link.mustBegin(stream);
  return stream;
}

async function mustReset(stream: ScriptedStream): Promise<void> {
  mustEqual(await stream.end(), "reset", "an end by");
}

/** The rules. */
export const STREAM_RULES: readonly Rule<ClientTester>[] = [
  {
    name: "100 streams at once, interleaved, do not mix",
    section: 8,
    async check(tester) {
      const link = await tester.anySession();
      const bodies = Array.from({ length: 100 }, (_, i) => pattern(1000 + 37 * i, i + 2));
      const streams: ScriptedStream[] = [];
      for (let i = 0; i < bodies.length; i++) streams.push(await link.request("POST", `/${i}`));
      for (let at = 0; at < 5000; at += 500) {
        for (const [i, stream] of streams.entries()) {
          const body = bodies[i]!;
          if (at >= body.length) continue;
          await stream.send(body.subarray(at, at + 500), { fin: at + 500 >= body.length });
        }
      }
      for (const [i, stream] of streams.entries()) await link.mustAnswer(stream, bodies[i]!);
    },
  },
  {
    name: "a slot is used again with the next generation, and 255 is followed by 0",
    section: 8,
    async check(tester) {
      const link = await tester.anySession();
      const { slot } = await link.request("GET", "/first", { fin: true });
      for (let i = 0; i < 300; i++) {
        const last = link.mux.streams.at(-1)!;
        await link.mustAnswer(last);
        await link.request("GET", `/${i}`, { fin: true, slot });
      }
      await link.mustAnswer(link.mux.streams.at(-1)!);
    },
  },
  {
    name: "the highest slot that terms.streams allows works",
    section: 8,
    async check(tester) {
      const link = await tester.anySession();
      const slot = link.hello.terms.streams - 1;
      await link.mustAnswer(await link.request("GET", "/high", { fin: true, slot }));
    },
  },
  {
    name: "RESET in the middle of a body is answered with RESET",
    section: 8,
    async check(tester) {
      const link = await tester.anySession();
      const stream = await open(link);
      await stream.send(pattern(5000));
      await stream.reset(0);
      await mustReset(stream);
      await link.mustAnswer(await link.request("GET", "/next", { fin: true, slot: stream.slot }));
    },
  },
  {
    name: "RESET after FIN, while the client's direction goes on, is answered with RESET",
    section: 8,
    async check(tester) {
      const link = await tester.session({ window: 1024 });
      const stream = await open(link);
      stream.grants = false;
      await stream.send(pattern(4096), { fin: true });
      await stream.bodyOf(1024);
      await stream.reset(0);
      await mustReset(stream);
      await link.mustAnswer(await link.request("GET", "/next", { fin: true, slot: stream.slot }));
    },
  },
  {
    name: "RESET of a code nobody knows is a RESET",
    section: 13,
    async check(tester) {
      const link = await tester.anySession();
      const stream = await open(link);
      await stream.reset(65_535);
      await mustReset(stream);
    },
  },
  {
    name: "CREDIT and RESET for a stream that is over are ignored",
    section: 8,
    async check(tester) {
      const link = await tester.anySession();
      const stream = await link.request("GET", "/over", { fin: true });
      await link.mustAnswer(stream);
      await stream.grant(1000);
      await stream.reset(0);
      await stream.grant(1000);
      await link.mustAnswer(await link.request("GET", "/next", { fin: true, slot: stream.slot }));
      await stream.grant(1000);
      await stream.reset(0);
      await link.mustAnswer(await link.request("GET", "/other", { fin: true }));
    },
  },
  {
    name: "a RESET of one stream leaves the others alone",
    section: 8,
    async check(tester) {
      const link = await tester.anySession();
      const [kept, gone] = [await open(link), await open(link)];
      await gone.reset(1);
      await mustReset(gone);
      await kept.send(pattern(10), { fin: true });
      await link.mustAnswer(kept, pattern(10));
    },
  },
  {
    name: "a stream for a tunnel that was never claimed does no harm",
    section: 9,
    async check(tester) {
      const link = await tester.anySession();
      const head = { ...link.head("GET", "/nobody"), tunnel: 999 };
      const stream = await link.mux.open(head, { fin: true });
      const end = await stream.end();
      must(end === "reset" || stream.response !== undefined, "RESET or an answer", end);
      await link.mustAnswer(await link.request("GET", "/next", { fin: true }));
    },
  },
];
