/**
 * How long it takes from the start of the client's program to an answer at its URL.
 *
 * @module
 */

import type { Workload } from "../workload.ts";

/** Every turn starts the contender; what is measured is over when it runs. */
export const CONNECT_TIME: Workload = {
  name: "connect",
  title: "From the start of the client to an answer at its URL",
  group: "connect",
  method: "the client's program is started; a GET through it is tried every 2 ms",
  figures: [{ name: "ms", title: "ms", better: "less" }],
  withExecutables: true,
  excludes: ({ family, name }) => family === "limit" ? `${name} has no client` : undefined,
  warmUp: () => Promise.resolve(),
  run: (running) => Promise.resolve({ ms: running.connectMs }),
};
