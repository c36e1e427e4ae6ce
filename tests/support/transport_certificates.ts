/**
 * The checked-in certificates of tests; see `certs/README.md`.
 *
 * @module
 */

function read(name: string): string {
  return Deno.readTextFileSync(new URL(`./certs/${name}`, import.meta.url));
}

/** The authority to trust (PEM). */
export const caCert: string = read("ca.pem");
/** The certificate of `localhost` and the loopback addresses (PEM). */
export const localhostCert: string = read("localhost.pem");
/** Its key (PEM). */
export const localhostKey: string = read("localhost_key.pem");

/** The same for a certificate that takes the place of the first; neither trusts the other. */
export const renewedCaCert: string = read("renewed_ca.pem");
/** See {@linkcode renewedCaCert}. */
export const renewedCert: string = read("renewed.pem");
/** See {@linkcode renewedCaCert}. */
export const renewedKey: string = read("renewed_key.pem");
