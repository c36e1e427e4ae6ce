/**
 * The rows of section 14 that a client can commit.
 *
 * @module
 */

import { type State, VIOLATIONS } from "../../vectors/violations.ts";
import { commit } from "../wire/commit.ts";
import { type Rule, RuleSkipped } from "../wire/rule.ts";
import type { ServerLink } from "./server_link.ts";
import type { ServerTester } from "./server_tester.ts";
import { visit } from "./visit_rules.ts";

/** The rules, one for each vector. */
export const VIOLATION_RULES: readonly Rule<ServerTester>[] = VIOLATIONS.flatMap(
  ({ close, vectors }) =>
    vectors.filter(({ sender }) => sender === "client").map((vector) => ({
      name: `${close} for ${vector.name} (${vector.state})`,
      section: 14,
      async check(tester) {
        const link = await STATE_MAKERS[vector.state]!(tester);
        await commit(link.link, vector.send);
        await link.mustClose(close);
        await tester.hangUp();
      },
    } satisfies Rule<ServerTester>)),
);

const STATE_MAKERS: Partial<Record<State, (tester: ServerTester) => Promise<ServerLink>>> = {
  claimed: (tester) => tester.claimed(),
  get: async (tester) => {
    if (tester.options.visit === undefined) throw new RuleSkipped("needs --visit");
    const link = await tester.claimed();
    await visit(tester, "GET");
    return await opened(link);
  },
  post: async (tester) => {
    if (tester.options.visit === undefined) throw new RuleSkipped("needs --visit");
    const link = await tester.claimed();
    await visit(tester, "POST", "Content-Length: 1000\r\n");
    return await opened(link);
  },
  tcp: async (tester) => {
    if (tester.options.visit === undefined) throw new RuleSkipped("needs --visit");
    const link = await tester.claimed({}, "tcp");
    await tester.visitor(new URL(link.url.replace(/^tcp:/, "http:")));
    return await opened(link);
  },
};

/** Waits for the stream that the vectors are about. */
async function opened(link: ServerLink): Promise<ServerLink> {
  const { slot } = await link.mux.opened(0);
  if (slot !== 0) throw new RuleSkipped(`the server began with slot ${slot}`);
  return link;
}
