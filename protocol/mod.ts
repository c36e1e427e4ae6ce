/**
 * What both ends of a tunnel share: the wire, and what carries it.
 *
 * {@linkcode SessionHost} is the server's end and {@linkcode ClientSession} the
 * client's; both give a {@linkcode Session} of {@linkcode TunnelStream}s that
 * outlives its {@linkcode Transport}. PROTOCOL.md beside this file describes every
 * byte of it.
 *
 * ```ts
 * import { ClientSession, memoryPair, SessionHost } from "@tun/protocol";
 *
 * const { a, b } = memoryPair();
 * const nothing = { onControl() {}, onPaused() {}, onResumed() {}, onStream() {} };
 *
 * const host = new SessionHost({
 *   agent: "server/1",
 *   user: {
 *     authenticate: (hello) => Promise.resolve(hello.agent),
 *     reauthenticate: () => Promise.resolve(),
 *     onSession: () => nothing,
 *   },
 * });
 * const accepted = host.accept(b);
 * await using client = (await ClientSession.start(a, { agent: "client/1", user: nothing })).session;
 * console.assert((await accepted).kind === "started");
 * console.assert(client.state === "connected");
 * ```
 *
 * @module
 */

export {
  ACCESS_REQUIREMENT,
  type AccessOptions,
  type AccessReading,
  type AccessRules,
  type BasicRules,
  hashCredentials,
  MAX_CREDENTIALS,
  MAX_NETWORKS,
  readAccessOptions,
} from "./access/access_rules.ts";
export * from "./clock.ts";
export * from "./errors.ts";
export { DEFAULT_LIMITS, type Limits, withDefaults } from "./limits.ts";
export { BlockPool, type BlockPoolOptions, processBlocks } from "./link/block_pool.ts";
export { type Hello, PROTOCOL_VERSION, type Terms, type Welcome } from "./link/handshake.ts";
export type {
  Auth,
  AuthResult,
  Claim,
  Claimed,
  ClaimRefused,
  Control,
  Expiring,
  Goaway,
  Release,
  Revoked,
} from "./mux/control.ts";
export {
  type HttpOpen,
  isInformational,
  type OpenHead,
  type ResponseHead,
  type TcpOpen,
} from "./mux/head.ts";
export type { StreamUser } from "./mux/stream.ts";
export {
  type AttemptOptions,
  type ClientOptions,
  ClientSession,
  newNonce,
} from "./session/client.ts";
export { type Accepted, SessionHost } from "./session/host.ts";
export type { HostOptions, HostUser } from "./session/host_options.ts";
export { Session, type SessionState } from "./session/session.ts";
export type { SessionOptions, SessionUser } from "./session/session_options.ts";
export type { SessionStats } from "./session/session_stats.ts";
export { type AnswerListener, type StreamFailure, TunnelStream } from "./session/stream.ts";
export * from "./transport/connect_tcp.ts";
export * from "./transport/connect_tls.ts";
export * from "./transport/deno_websocket.ts";
export * from "./transport/memory.ts";
export * from "./transport/native_websocket.ts";
export * from "./transport/tcp.ts";
export * from "./transport/transport.ts";
export {
  type UpgradeOptions,
  type UpgradeRefusal,
  UpgradeRefusedError,
} from "./transport/http_upgrade.ts";
export * from "./transport/upgrade_client.ts";
export * from "./transport/websocket.ts";
export * from "./transport/websocket_client.ts";
export * from "./transport/write_room.ts";
export {
  acceptFor,
  asksForWebSocket,
  checkUpgradeRequest,
  type HeaderFields,
  upgradeResponse,
  type UpgradeResponseOptions,
  type UpgradeVerdict,
} from "./websocket/handshake.ts";
