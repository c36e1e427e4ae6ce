/**
 * Control frames: what the two ends say about tunnels, tokens and the end. All
 * but GOAWAY are JSON objects; unknown keys are ignored. The server decides, the
 * client is told: nothing here says who may have which name.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { MAX_CONTROL_BYTES } from "../limits.ts";
import { FrameType } from "./frame.ts";

/** The client wants a tunnel. */
export interface Claim {
  /** Tells the control frames apart. */
  readonly type: "claim";
  /** The client's number for the tunnel; OPEN frames carry it. */
  readonly tunnel: number;
  /** What goes through it. */
  readonly kind: "http" | "tcp";
  /** Whether a person started this, or it is automatic. */
  readonly mode: "claim" | "reclaim";
  /** The generation held before; with `reclaim`. */
  readonly generation?: number;
  /**
   * Random text that stays the same while this claim is made again because its
   * answer got lost: the server then gives the same answer.
   */
  readonly nonce?: string;
  /** The name wanted; without one it is made from owner and key. */
  readonly name?: string;
  /** The public port wanted, for TCP. */
  readonly port?: number;
  /** What makes an unnamed tunnel the same one every time, such as its target. */
  readonly key?: string;
  /** What the server does for the tunnel: timeouts, access rules. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** The tunnel is there. */
export interface Claimed {
  /** Tells the control frames apart. */
  readonly type: "claimed";
  /** The client's number for the tunnel. */
  readonly tunnel: number;
  /** Its name, or the port as text. */
  readonly name: string;
  /** Where visitors go. */
  readonly url: string;
  /** To be sent back with a reclaim. */
  readonly generation: number;
}

/** The tunnel is refused. */
export interface ClaimRefused {
  /** Tells the control frames apart. */
  readonly type: "claim_refused";
  /** The client's number for the tunnel. */
  readonly tunnel: number;
  /** Why: `name_taken`, `displaced` …; stable. */
  readonly code: string;
  /** The same for a person. */
  readonly message: string;
  /** True if asking again is pointless. */
  readonly final: boolean;
  /** How long to wait before asking again. */
  readonly retryAfterMs?: number;
}

/** The client gives a tunnel back. */
export interface Release {
  /** Tells the control frames apart. */
  readonly type: "release";
  /** The client's number for the tunnel. */
  readonly tunnel: number;
}

/** The server takes a tunnel back. */
export interface Revoked {
  /** Tells the control frames apart. */
  readonly type: "revoked";
  /** The client's number for the tunnel. */
  readonly tunnel: number;
  /** Why: `displaced`, `removed` …; stable. */
  readonly reason: string;
  /** The same for a person. */
  readonly message: string;
  /** How long streams that are open may go on. */
  readonly drainMs: number;
}

/** The client presents a fresh token. */
export interface Auth {
  /** Tells the control frames apart. */
  readonly type: "auth";
  /** The credential. */
  readonly token: string;
}

/** What the server says to it. */
export interface AuthResult {
  /** Tells the control frames apart. */
  readonly type: "auth_result";
  /** Whether it will do. */
  readonly ok: boolean;
  /** Why not. */
  readonly code?: string;
  /** The code in more detail. */
  readonly reason?: string;
  /** The same for a person. */
  readonly message?: string;
}

/** The token will run out. */
export interface Expiring {
  /** Tells the control frames apart. */
  readonly type: "expiring";
  /** When, from now, in milliseconds. */
  readonly inMs: number;
}

/** The sender takes or opens no more streams. */
export interface Goaway {
  /** Tells the control frames apart. */
  readonly type: "goaway";
  /** How many OPEN frames the sender has taken, modulo 2^32; later ones are untouched. */
  readonly opened: number;
}

/** What a control frame says. */
export type Control =
  | Claim
  | Claimed
  | ClaimRefused
  | Release
  | Revoked
  | Auth
  | AuthResult
  | Expiring
  | Goaway;

const TYPES: Record<Control["type"], number> = {
  claim: FrameType.claim,
  claimed: FrameType.claimed,
  claim_refused: FrameType.claimRefused,
  release: FrameType.release,
  revoked: FrameType.revoked,
  auth: FrameType.auth,
  auth_result: FrameType.authResult,
  expiring: FrameType.expiring,
  goaway: FrameType.goaway,
};

type Kind = "index" | "count" | "text" | "flag" | "object" | "kind" | "mode";

type Shape = Readonly<Record<string, Kind | `${Kind}?`>>;

/** The keys that matter and what they are; `?` marks those that may be absent. */
const SHAPES: { readonly [Type in Exclude<Control["type"], "goaway">]: Shape } = {
  claim: {
    tunnel: "index",
    kind: "kind",
    mode: "mode",
    generation: "count?",
    nonce: "text?",
    name: "text?",
    port: "count?",
    key: "text?",
    options: "object?",
  },
  claimed: { tunnel: "index", name: "text", url: "text", generation: "count" },
  claim_refused: {
    tunnel: "index",
    code: "text",
    message: "text",
    final: "flag",
    retryAfterMs: "count?",
  },
  release: { tunnel: "index" },
  revoked: { tunnel: "index", reason: "text", message: "text", drainMs: "count" },
  auth: { token: "text" },
  auth_result: { ok: "flag", code: "text?", reason: "text?", message: "text?" },
  expiring: { inMs: "count" },
};

const CHECKS: Record<Kind, (value: unknown) => boolean> = {
  index: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 65536,
  count: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  text: (value) => typeof value === "string",
  flag: (value) => typeof value === "boolean",
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  kind: (value) => value === "http" || value === "tcp",
  mode: (value) => value === "claim" || value === "reclaim",
};

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The type and payload of a control frame.
 *
 * @throws {RangeError} If it is too large to be sent, or the peer would not take it.
 */
export function encodeControl(control: Control): { type: number; payload: Uint8Array } {
  const { type: name, ...fields } = control;
  const type = TYPES[name];
  if (control.type === "goaway") {
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, control.opened);
    return { type, payload };
  }
  const wrong = firstWrong(SHAPES[control.type], fields);
  if (wrong !== undefined) throw new RangeError(`Cannot send ${name} as "${wrong}" is wrong`);
  const payload = utf8.encode(JSON.stringify(fields));
  if (payload.length > MAX_CONTROL_BYTES) {
    throw new RangeError(`Cannot send ${name} as ${payload.length} bytes are too many`);
  }
  return { type, payload };
}

/**
 * Reads a control frame.
 *
 * @throws {ProtocolError} `bad_frame`.
 */
export function decodeControl(frameType: number, payload: Uint8Array): Control {
  if (frameType === FrameType.goaway) return decodeGoaway(payload);
  const type = (Object.keys(SHAPES) as (keyof typeof SHAPES)[])
    .find((name) => TYPES[name] === frameType)!;
  const values = parseObject(payload, type);
  const wrong = firstWrong(SHAPES[type], values);
  if (wrong !== undefined) {
    throw new ProtocolError("bad_frame", `Cannot read ${type} as "${wrong}" is wrong`);
  }
  const known = Object.entries(values).filter(([name]) => Object.hasOwn(SHAPES[type], name));
  return { type, ...Object.fromEntries(known) } as unknown as Control;
}

/** The first key of a shape that is missing or not what it must be. */
function firstWrong(shape: Shape, values: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(shape).find((name) => {
    const kind = shape[name]!;
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) return !kind.endsWith("?");
    return !CHECKS[kind.replace("?", "") as Kind](value);
  });
}

function decodeGoaway(payload: Uint8Array): Goaway {
  if (payload.length !== 4) throw new ProtocolError("bad_frame", "Cannot read goaway");
  const view = new DataView(payload.buffer, payload.byteOffset, 4);
  return { type: "goaway", opened: view.getUint32(0) };
}

function parseObject(payload: Uint8Array, type: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(strictUtf8.decode(payload));
  } catch {
    throw new ProtocolError("bad_frame", `Cannot read ${type} as it is not JSON`);
  }
  if (!CHECKS.object(value)) {
    throw new ProtocolError("bad_frame", `Cannot read ${type} as it is not a JSON object`);
  }
  return value as Record<string, unknown>;
}
