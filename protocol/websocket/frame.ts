/**
 * The names and limits of RFC 6455 frames that both directions share.
 *
 * @module
 */

/** What a frame is for. Text (1) is missing on purpose: a tunnel speaks bytes. */
export const Opcode = {
  continuation: 0x0,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** One of the opcodes in {@linkcode Opcode}. */
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** The end we are. A client masks what it sends, a server must not. */
export type WebSocketRole = "client" | "server";

/** Two bytes, an eight-byte length and a four-byte mask. */
export const MAX_HEADER_BYTES = 14;

/** RFC 6455, 5.5: a control frame has to fit the short length. */
export const MAX_CONTROL_PAYLOAD_BYTES = 125;

/**
 * The largest message, all of its fragments together. Boundaries mean nothing
 * to us, so a larger one brings nothing; it is where peers that collect whole
 * messages (every browser, and Deno itself) hold the memory.
 */
export const MAX_MESSAGE_BYTES: number = 1024 * 1024;
