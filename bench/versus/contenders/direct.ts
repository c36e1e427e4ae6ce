/**
 * No tunnel: the app itself, as the limit that nobody can pass.
 *
 * @module
 */

import type { Contender } from "../contender.ts";

/** The app itself. */
export const DIRECT: Contender = {
  name: "direct",
  family: "limit",
  settings: "no tunnel",
  availability: () => Promise.resolve({ version: "-" }),
  start({ app }) {
    return Promise.resolve({
      address: app,
      host: `${app.hostname}:${app.port}`,
      processes: [],
      connectMs: 0,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};
