/**
 * The app behind every contender: answers that never change, from one process that does as little
 * as it can, so that what is measured is the way to it and not the app.
 *
 * | request           | answer                                                             |
 * | ----------------- | ------------------------------------------------------------------ |
 * | `/bytes/N`        | a body of N bytes                                                  |
 * | `/sink`           | takes the body, says how long it was                               |
 * | `/events/MS`      | server-sent events for all listeners at once, one every MS ms      |
 * | `/echo`           | a WebSocket that sends every frame back                            |
 * | `/hang`           | an answer that never ends                                          |
 * | anything else     | 13 bytes                                                           |
 *
 * @module
 */

import { answerLines } from "../process/answer_lines.ts";
import { AppConnection } from "./connection.ts";

async function accept(listener: Deno.TcpListener): Promise<never> {
  for (;;) {
    const connection = await listener.accept();
    connection.setNoDelay(true);
    new AppConnection(connection).serve();
  }
}

if (import.meta.main) {
  await answerLines({
    listen: ({ hostname }: { readonly hostname: string }) => {
      // wrk opens its connections all at once; the default backlog of Deno is 511.
      const listener = Deno.listen({ hostname, port: 0, tcpBacklog: 4096 });
      accept(listener);
      return listener.addr;
    },
  });
}
