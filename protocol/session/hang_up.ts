/**
 * Lets a refused peer read why before the connection goes. A connection that is closed while bytes
 * of the peer's are unread is reset, and the reset can overtake the reason.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { HandshakeFailed } from "../errors.ts";
import { type Transport, TransportError } from "../transport/transport.ts";
import { withDeadline } from "./deadline.ts";
import type { HandshakeReader } from "./handshake_reader.ts";

/** How long a refused peer may take to read why, before we hang up. */
const REFUSAL_LINGER_MS = 1000;

/** Closes `transport` once its peer has hung up, or has taken too long to. */
export async function hangUp(
  transport: Transport,
  reader: HandshakeReader,
  clock: Clock,
): Promise<void> {
  try {
    await withDeadline(transport, { clock, ms: REFUSAL_LINGER_MS }, async () => {
      await transport.closeWrite();
      await reader.next();
    });
  } catch (error) {
    // It hung up, fell silent or went on talking: all the same by now.
    if (!(error instanceof HandshakeFailed || error instanceof TransportError)) throw error;
  }
  transport.close();
}
