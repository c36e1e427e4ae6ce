/**
 * Opens the server's listeners, and says which one could not be.
 *
 * @module
 */

import type { TlsConfig } from "./config.ts";
import { type ListenAddress, listenAddressLabel } from "./listen_address.ts";
import { HAS_TLS_SOCKETS, TlsServerListener } from "./tls_listener.ts";

/** Connections that may wait to be accepted: a burst of visitors is not an attack. */
const BACKLOG = 4096;

/**
 * Whether two listeners with TLS can share a port, so that one can take over from the other. Deno
 * ends the process if it is tried without `--unstable-net`, which shows by another of its APIs.
 */
export const CAN_SHARE_TLS_PORT: boolean = Deno.build.os !== "windows" &&
  "WebSocketStream" in globalThis;

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

/** A certificate and its key cannot be used. */
export class CertificateError extends Error {
  /** Tells the class apart. */
  override readonly name = "CertificateError";
  /** Stable, for programs. */
  readonly code = "certificate_unusable";

  /** Names the files. */
  constructor({ certFile, keyFile }: TlsConfig, options: ErrorOptions) {
    super(`--tls-cert ${certFile}, --tls-key ${keyFile}: not a certificate and its key`, options);
  }
}

/**
 * Sees whether a certificate can be used with its key.
 *
 * @throws {CertificateError} If it cannot.
 */
export function checkCertificate(tls: TlsConfig): void {
  try {
    // Deno reads both only where it listens.
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: tls.cert, key: tls.key }).close();
  } catch (cause) {
    // A key that does not fit is an error without a class of its own.
    const isTheirs = cause instanceof Deno.errors.InvalidData ||
      cause instanceof Error && cause.constructor === Error;
    if (!isTheirs) throw cause;
    throw new CertificateError(tls, { cause });
  }
}

/**
 * Listens, with TLS if there is a certificate.
 *
 * @throws {ListenError} If the system refuses.
 */
export function listen(
  flag: string,
  address: ListenAddress,
  tls?: TlsConfig,
): Promise<Deno.Listener> {
  const options = { ...address, tcpBacklog: BACKLOG };
  return naming(flag, address, async () => {
    if (tls === undefined) return Deno.listen(options);
    // A shared port would be shared with any other server of ours as well.
    if (CAN_SHARE_TLS_PORT) Deno.listen(options).close();
    return await listenTls(address, tls);
  });
}

/**
 * Listens beside a listener that has TLS, on its port.
 *
 * @throws {ListenError} If the system refuses.
 */
export function listenBeside(
  flag: string,
  listener: Deno.Listener,
  tls: TlsConfig,
): Promise<Deno.Listener> {
  const { hostname, port } = listener.addr as Deno.NetAddr;
  const address = { hostname, port };
  return naming(flag, address, () => listenTls(address, tls));
}

async function listenTls(
  address: ListenAddress,
  { cert, key }: TlsConfig,
): Promise<Deno.Listener> {
  const options = { ...address, cert, key, reusePort: CAN_SHARE_TLS_PORT };
  return HAS_TLS_SOCKETS
    ? await TlsServerListener.open({ ...options, backlog: BACKLOG })
    : Deno.listenTls({ ...options, tcpBacklog: BACKLOG });
}

/** Does `open`, and makes what the system has against the address a {@linkcode ListenError}. */
export async function naming<T>(
  flag: string,
  address: ListenAddress,
  open: () => T | Promise<T>,
): Promise<T> {
  try {
    return await open();
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
