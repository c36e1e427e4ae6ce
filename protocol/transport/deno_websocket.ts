/**
 * The server's end of a WebSocket where the platform accepts connections for
 * us and there is no socket to frame on: Deno Deploy.
 *
 * Anywhere else it is the wrong choice. The platform takes messages of 64 MiB
 * and puts fragments together without any limit before we see a byte.
 *
 * @module
 */

import { NativeWebSocketTransport } from "./native_websocket.ts";
import type { NativeWebSocketOptions } from "./native_websocket.ts";
import { TransportError } from "./transport.ts";

/** What an accepted socket does not know about itself. */
export interface AcceptWebSocketOptions extends NativeWebSocketOptions {
  /** Whether the request came over TLS. */
  readonly secure: boolean;
  /** The client's address. */
  readonly peer: string;
  /** Gives up waiting for the handshake to end. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until a socket of `Deno.upgradeWebSocket` is open, which it is only
 * after the response was returned, and makes it a transport.
 *
 * @throws {TransportError} `unreachable`.
 * @throws The signal's reason, once it is aborted.
 */
export async function acceptDenoWebSocket(
  socket: WebSocket,
  options: AcceptWebSocketOptions,
): Promise<NativeWebSocketTransport> {
  await opened(socket, options.signal);
  return new NativeWebSocketTransport(socket, options);
}

/**
 * Waits until `socket` is open.
 *
 * @throws {TransportError} `unreachable`.
 * @throws The signal's reason, once it is aborted.
 */
async function opened(socket: WebSocket, signal?: AbortSignal): Promise<void> {
  if (socket.readyState === WebSocket.OPEN) return;
  const listeners = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (event: Event) => {
        const cause = event instanceof ErrorEvent ? event.error ?? event.message : undefined;
        reject(new TransportError("unreachable", "The WebSocket was not opened", { cause }));
      };
      const once = { signal: listeners.signal };
      socket.addEventListener("open", () => resolve(), once);
      socket.addEventListener("error", fail, once);
      socket.addEventListener("close", fail, once);
      signal?.addEventListener("abort", () => reject(signal.reason), once);
      if (signal?.aborted) reject(signal.reason);
    });
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    listeners.abort();
  }
}
