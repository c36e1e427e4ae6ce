/**
 * An address to listen on.
 *
 * @module
 */

/** A host and a port. */
export interface ListenAddress {
  /** A host name or an address; IPv6 without brackets. */
  readonly hostname: string;
  /** The port; 0 lets the system choose. */
  readonly port: number;
}

/** The address as `host:port`. */
export function listenAddressLabel({ hostname, port }: ListenAddress): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
