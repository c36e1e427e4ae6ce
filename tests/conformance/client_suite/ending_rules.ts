/**
 * How a session ends in peace.
 *
 * @module
 */

import { must, mustEqual, type Rule } from "../wire/rule.ts";
import type { ClientTester } from "./client_tester.ts";
import { pattern } from "../wire/pattern.ts";

/** The rules. */
export const ENDING_RULES: readonly Rule<ClientTester>[] = [
  {
    name: "CLOSE normal makes the client hang up and end with exit code 0",
    section: 15,
    async check(tester) {
      const link = await tester.session();
      await link.close("normal");
      await link.link.watch.until(
        () => link.link.isEnded || undefined,
        "the end of the transport after CLOSE",
        tester.patienceMs,
      );
      mustEqual(await tester.exitCode(), 0, "exit code");
    },
  },
  {
    name: "CLOSE normal in the middle of requests does so too",
    section: 15,
    async check(tester) {
      const link = await tester.session({ window: 1024 });
      const stream = await link.request("POST", "/open");
      await stream.send(pattern(5000));
      await stream.bodyOf(1024);
      await link.close("normal");
      mustEqual(await tester.exitCode(), 0, "exit code");
    },
  },
  {
    name: "GOAWAY leaves open streams alone, and CLOSE normal follows",
    section: 11,
    async check(tester) {
      const link = await tester.session();
      const stream = await link.request("POST", "/last");
      await stream.send(pattern(100));
      await link.mux.sendControl({ type: "goaway", opened: link.mux.streams.length });
      await stream.bodyOf(100);
      await stream.send(pattern(100), { fin: true });
      await stream.bodyOf(200);
      await stream.end();
      await link.allAcknowledged();
      if (link.link.closed === undefined) await link.close("normal");
      else await link.link.transport?.endWriting();
      mustEqual(await tester.exitCode(), 0, "exit code");
    },
  },
  {
    name: "after a claim that is refused for good the client does not ask again",
    section: 11,
    async check(tester) {
      const { transport, hello } = await tester.hello();
      const link = await tester.welcome(transport, hello);
      const { tunnel } = await link.mux.control("claim");
      await link.mux.sendControl({
        type: "claim_refused",
        tunnel,
        code: "name_taken",
        message: "It is a test",
        final: true,
      });
      await link.link.watch.quiet(500);
      const claims = link.mux.controls.filter(({ type }) => type === "claim").length;
      must(claims === 1, "one CLAIM", `${claims}`);
      await tester.stopClient();
    },
  },
];
