/**
 * The certificates of `--ca`, tried before anything is dialled: with a damaged one no connection
 * would ever come about, and that would look like a server that is down.
 *
 * @module
 */

/** Certificates that cannot be trusted because they cannot be read. */
export class AuthoritiesError extends Error {
  override readonly name = "AuthoritiesError";
  /** Stable, for programs. */
  readonly code = "usage";
}

/**
 * Sees whether certificates can be read.
 *
 * @throws {AuthoritiesError} If one of them cannot.
 */
export function checkAuthorities(pem: string): void {
  try {
    Deno.createHttpClient({ caCerts: [pem] }).close();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new AuthoritiesError(`--ca: the certificates are damaged: ${cause.message}`, { cause });
  }
}
