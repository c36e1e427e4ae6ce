/**
 * Opening a WebSocket with the platform's client, for `ws:` and `wss:`.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { NativeWebSocketTransport } from "./native_websocket.ts";
import { TransportError } from "./transport.ts";

/** How to open a WebSocket. */
export interface ConnectWebSocketOptions {
  /** Gives up at once; the error thrown is its reason. */
  readonly signal?: AbortSignal;
  /** Fields to send with the request; Deno's client can, a browser's cannot. */
  readonly headers?: Record<string, string>;
  /** Subprotocols to offer, the best first. */
  readonly protocols?: readonly string[];
  /** Carries CA certificates and a proxy. It stays the caller's, to close when the socket is done. */
  readonly httpClient?: Deno.HttpClient;
  /** Time for the polls while a write waits; the platform's without. */
  readonly clock?: Clock;
}

/** The constructor with Deno's options, which its types have had only since 2.6. */
type DenoWebSocket = new (url: string | URL, options: {
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
  readonly client?: Deno.HttpClient;
}) => WebSocket;

/**
 * Opens a WebSocket and makes it a transport.
 *
 * @throws {TransportError} `unreachable`; the platform tells a refusal's status
 * only in the message of the `cause`.
 * @throws The signal's reason, once it is aborted.
 */
export async function connectWebSocket(
  url: string | URL,
  options: ConnectWebSocketOptions = {},
): Promise<NativeWebSocketTransport> {
  const { signal, headers, protocols, httpClient, clock } = options;
  signal?.throwIfAborted();
  const socket = new (WebSocket as unknown as DenoWebSocket)(url, {
    ...(headers && { headers }),
    ...(protocols && { protocols: [...protocols] }),
    ...(httpClient && { client: httpClient }),
  });
  await opened(socket, signal);
  return new NativeWebSocketTransport(socket, clock && { clock });
}

/**
 * Waits until `socket` is open.
 *
 * @throws {TransportError} `unreachable`.
 * @throws The signal's reason, once it is aborted.
 */
export async function opened(socket: WebSocket, signal?: AbortSignal): Promise<void> {
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
