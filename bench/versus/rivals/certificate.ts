/**
 * A certificate for one start, for the address that a client dials.
 *
 * @module
 */

import type { Ground } from "./ground.ts";

/** Paths of a certificate and its key (PEM). */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a self-signed one, with which whoever dials trusts nobody else. */
export async function makeCertificate({ scratch, leg }: Ground): Promise<CertificateFiles> {
  const [certificate, key] = [`${scratch}/certificate.pem`, `${scratch}/key.pem`];
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=tun comparison"],
      ...["-addext", `subjectAltName=IP:${leg.server.hostname}`],
      // An authority could not be a server as well.
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ],
  }).output();
  if (!success) throw new Error(`openssl: ${new TextDecoder().decode(stderr)}`);
  return { certificate, key };
}
