/**
 * The rows of section 14 that a server can commit.
 *
 * @module
 */

import { type State, VIOLATIONS, type ViolationVector } from "../../vectors/violations.ts";
import { commit } from "../wire/commit.ts";
import { type Rule, RuleSkipped } from "../wire/rule.ts";
import type { ClientLink } from "./client_link.ts";
import type { ClientTester } from "./client_tester.ts";
import { pattern } from "../wire/pattern.ts";

/** The rules, one for each vector. */
export const VIOLATION_RULES: readonly Rule<ClientTester>[] = VIOLATIONS.flatMap(
  ({ close, vectors }) =>
    vectors.filter(({ sender }) => sender === "server").map((vector) => ({
      name: `${close} for ${vector.name} (${vector.state})`,
      section: 14,
      async check(tester) {
        const link = await prepare(tester, vector);
        await commit(link.link, vector.send);
        await link.mustClose(close);
      },
    } satisfies Rule<ClientTester>)),
);

async function prepare(tester: ClientTester, vector: ViolationVector): Promise<ClientLink> {
  const link = await tester.session({ window: 1024 });
  if (vector.name.includes("too high") && link.hello.terms.streams > 0xffff) {
    throw new RuleSkipped("every slot is allowed");
  }
  await STATE_MAKERS[vector.state]!(link);
  return link;
}

const STATE_MAKERS: Partial<Record<State, (link: ClientLink) => Promise<void>>> = {
  claimed: () => Promise.resolve(),
  async stalled(link) {
    const stream = await link.request("POST", "/stalled");
    stream.grants = false;
    await stream.send(pattern(4096));
    await stream.bodyOf(1024);
  },
  async over(link) {
    await link.mustAnswer(await link.request("GET", "/over", { fin: true }));
  },
};
