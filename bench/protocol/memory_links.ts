/**
 * A process that holds both ends of links over transports in memory.
 *
 * @module
 */

import { ClientSession, memoryPair, type Session, SessionHost } from "../../protocol/mod.ts";
import type { Operations } from "./operations.ts";

/** A pipe's own memory is not the link's: enough for a handshake. */
const PIPE_BYTES = 16 * 1024;

const ends: Session[] = [];
const nobody = { onStream() {}, onControl() {}, onPaused() {}, onResumed() {} };

const host = new SessionHost<string>({
  agent: "bench/server",
  user: {
    authenticate: (hello) => Promise.resolve(hello.agent),
    reauthenticate: () => Promise.resolve(),
    onSession: (session) => {
      ends.push(session);
      return nobody;
    },
  },
});

async function connect({ count }: { count: number }): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { a, b } = memoryPair({ inFlightBytes: PIPE_BYTES });
    const accepted = host.accept(b);
    const client = await ClientSession.start(a, { agent: "bench/client", user: nobody });
    ends.push(client.session);
    await accepted;
  }
}

/** What such a process can be asked. */
export const MEMORY_LINKS: Operations = { connect };
