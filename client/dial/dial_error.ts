/**
 * Why a server could not be reached, and whether trying again makes sense.
 *
 * @module
 */

import { HandshakeFailed, TransportError, UpgradeRefusedError } from "@tun/protocol";

/** What went wrong; stable, for programs. */
export type DialErrorCode =
  /** Nothing answers: the network, the name or the server is down. */
  | "unreachable"
  /** Something answers too slowly. */
  | "timeout"
  /** What stands in front of the server says that it is down. */
  | "server_unavailable"
  /** The proxy does not let us through. */
  | "proxy_failed"
  /** No encrypted connection, or a certificate that is not trusted. */
  | "tls_failed"
  /** Something else listens there. */
  | "not_a_tun_server";

const RETRYABLE: Readonly<Record<DialErrorCode, boolean>> = {
  unreachable: true,
  timeout: true,
  server_unavailable: true,
  proxy_failed: true,
  tls_failed: false,
  not_a_tun_server: false,
};

/** A server could not be reached. */
export class DialError extends Error {
  override readonly name = "DialError";
  /** Why. */
  readonly code: DialErrorCode;
  /**
   * False if the endpoint is probably wrong: before the first success that is final, afterwards it
   * may be a captive portal.
   */
  readonly retryable: boolean;

  /** Makes an error with a message for people. */
  constructor(code: DialErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = RETRYABLE[code];
  }
}

/** What any failure of an attempt says about the server at `label`. */
export function asDialError(error: unknown, label: string): DialError {
  if (error instanceof DialError) return error;
  const options = { cause: error };
  if (error instanceof UpgradeRefusedError) return ofAnswer(error, label);
  if (error instanceof HandshakeFailed) {
    if (error.code === "timeout") {
      return new DialError("timeout", `${label} does not answer`, options);
    }
    if (error.code === "cut") {
      return new DialError("unreachable", `${label} hung up`, options);
    }
    return new DialError("not_a_tun_server", `${label} is not a tun server`, options);
  }
  if (error instanceof TransportError) {
    if (error.code === "carrier_violation") {
      return new DialError("not_a_tun_server", `${label} is not a tun server`, options);
    }
    if (error.cause instanceof Deno.errors.InvalidData) {
      const why = `no secure connection to ${label}: ${error.cause.message}`;
      return new DialError("tls_failed", why, options);
    }
    return new DialError("unreachable", `cannot reach ${label}: ${reasonOf(error)}`, options);
  }
  throw error;
}

function ofAnswer(error: UpgradeRefusedError, label: string): DialError {
  const { status, fields } = error.refusal;
  const options = { cause: error };
  if (status >= 500 || status === 429) {
    return new DialError("server_unavailable", `${label} answers with status ${status}`, options);
  }
  const location = fields.get("location");
  const hint = status >= 300 && status < 400 && location !== undefined
    ? `: it redirects to ${location}`
    : ` (status ${status})`;
  return new DialError("not_a_tun_server", `${label} is not a tun server${hint}`, options);
}

/** The platform's own words where they are all there is. */
function reasonOf(error: TransportError): string {
  const { cause } = error;
  if (cause instanceof Deno.errors.ConnectionRefused) return "connection refused";
  if (cause instanceof Deno.errors.ConnectionReset) return "connection reset";
  return cause instanceof Error ? cause.message : error.message;
}
