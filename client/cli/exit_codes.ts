/**
 * Exit codes: part of the contract with scripts.
 *
 * @module
 */

/** Why `tun` ended, as its exit code. */
export const EXIT = {
  /** Stopped by the person. */
  stopped: 0,
  /** Anything not listed here. */
  failure: 1,
  /** Wrong usage. */
  usage: 2,
  /** The token was refused. */
  token: 3,
  /** The name or the port was refused, or somebody took it over. */
  name: 4,
  /** Not a tun server, or not one that speaks our version. */
  server: 5,
} as const;

/** One of the codes in {@linkcode EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_ERROR_CODE: ReadonlyMap<string, ExitCode> = new Map<string, ExitCode>([
  ["usage", EXIT.usage],
  ["token_required", EXIT.token],
  ["token_refused", EXIT.token],
  ["token_expired", EXIT.token],
  ["token_revoked", EXIT.token],
  ["name_taken", EXIT.name],
  ["name_refused", EXIT.name],
  ["port_taken", EXIT.name],
  ["port_refused", EXIT.name],
  ["kind_refused", EXIT.name],
  ["too_many", EXIT.name],
  ["too_many_names", EXIT.name],
  ["too_many_tunnels", EXIT.name],
  ["no_port_free", EXIT.name],
  ["not_permitted", EXIT.name],
  ["access_refused", EXIT.name],
  ["displaced", EXIT.name],
  ["not_a_tun_server", EXIT.server],
  ["not_tun", EXIT.server],
  ["tls_failed", EXIT.server],
  ["bad_proof", EXIT.server],
  ["bad_hello", EXIT.server],
  ["version_mismatch", EXIT.server],
  ["requirement_unknown", EXIT.server],
]);

/** The exit code for an error's code; an unknown one is a plain failure. */
export function exitCodeOf(errorCode: string): ExitCode {
  return BY_ERROR_CODE.get(errorCode) ?? EXIT.failure;
}
