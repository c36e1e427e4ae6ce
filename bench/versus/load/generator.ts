/**
 * Our own load generator, for what wrk cannot do: large bodies, readers that stall, WebSockets,
 * events.
 *
 * @module
 */

import { answerLines } from "../process/answer_lines.ts";

if (import.meta.main) {
  await answerLines({});
}
