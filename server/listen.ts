/**
 * Opens the server's listeners, and says which one could not be.
 *
 * @module
 */

import type { TlsConfig } from "./cli/config.ts";
import { type ListenAddress, listenAddressLabel } from "./cli/listen_address.ts";

/** Connections that may wait to be accepted: a burst of visitors is not an attack. */
const BACKLOG = 4096;

/** An address cannot be listened on. */
export class ListenError extends Error {
  /** Tells the class apart. */
  override readonly name = "ListenError";
  /** What the system has against it; stable, for programs. */
  readonly code: "in_use" | "not_permitted" | "not_here";

  /** Names the flag that the address came from. */
  constructor(
    flag: string,
    address: ListenAddress,
    code: ListenError["code"],
    options: ErrorOptions,
  ) {
    super(`--${flag} ${listenAddressLabel(address)}: ${REASONS[code]}`, options);
    this.code = code;
  }
}

const REASONS: Record<ListenError["code"], string> = {
  in_use: "the port is in use by another program; choose another, or 0 for any",
  not_permitted: "the system does not let us listen there; ports below 1024 need rights",
  not_here: "this machine does not have the address",
};

/**
 * Listens, with TLS if there is a certificate.
 *
 * @throws {ListenError} If the system refuses.
 */
export function listen(flag: string, address: ListenAddress, tls?: TlsConfig): Deno.Listener {
  const options = { ...address, tcpBacklog: BACKLOG };
  return naming(
    flag,
    address,
    () =>
      tls === undefined
        ? Deno.listen(options)
        : Deno.listenTls({ ...options, cert: tls.cert, key: tls.key }),
  );
}

/** Runs `open`, and makes what the system has against the address a {@linkcode ListenError}. */
export function naming<T>(flag: string, address: ListenAddress, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new ListenError(flag, address, code, { cause: error });
  }
}

function codeOf(error: unknown): ListenError["code"] | undefined {
  if (error instanceof Deno.errors.AddrInUse) return "in_use";
  if (error instanceof Deno.errors.PermissionDenied) return "not_permitted";
  return error instanceof Deno.errors.AddrNotAvailable ? "not_here" : undefined;
}
