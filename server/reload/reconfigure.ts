/**
 * Brings a new configuration into force while the server runs: all of it that can be, or nothing.
 *
 * Everything that can fail comes first: the certificate is tried, then the keys are exchanged (as
 * a whole or not at all), then the ports get their new listeners. The rest cannot fail.
 *
 * @module
 */

import type { AuthConfig } from "../auth/auth_config.ts";
import type { ServerConfig, TlsConfig } from "../config.ts";
import { checkCertificate } from "../listen.ts";
import type { LiveConfig } from "./live_config.ts";
import type { PublicPort } from "./public_port.ts";
import { type ConfigChange, configChanges, livePart } from "./settings.ts";

/** The parts of a server that take on a configuration. */
export interface Reconfigurable {
  /** What is in force, and who is told. */
  readonly live: LiveConfig;
  /** The ports with a certificate, if there is one. */
  readonly ports: readonly PublicPort[];
  /** Exchanges keys, grants and revocations; changes nothing if it rejects. */
  readonly configureAuth: (auth: AuthConfig) => Promise<void>;
  /** Makes the operators' token ready; the result brings it into force. */
  readonly prepareToken: (given: string | undefined) => Promise<() => void>;
}

/**
 * Takes on what of `next` can change, and gives everything that differs from what was in force.
 *
 * @throws {CertificateError} If the certificate cannot be used; nothing has changed then.
 * @throws {ListenError} If a port cannot be listened on once more.
 */
export async function reconfigure(
  { live, ports, configureAuth, prepareToken }: Reconfigurable,
  next: ServerConfig,
): Promise<readonly ConfigChange[]> {
  const changes = configChanges(live.current, next);
  const changed = (key: keyof ServerConfig) =>
    changes.some((change) => change.key === key && change.isLive);
  const target = livePart(live.current, next);
  const tls = changed("tls") ? target.tls : undefined;
  if (tls !== undefined) checkCertificate(tls);
  // Also with the same settings: the file may say another one by now.
  const changeToken = await prepareToken(target.adminToken);
  // Also with the same settings: keys at a URL may be others by now.
  if (target.auth.kind === "jwt") await configureAuth(target.auth);
  if (tls !== undefined) await changeCertificate(ports, tls);
  changeToken();
  live.set(target);
  return changes;
}

async function changeCertificate(ports: readonly PublicPort[], tls: TlsConfig): Promise<void> {
  using undo = new DisposableStack();
  const successors: { port: PublicPort; listener: Deno.Listener }[] = [];
  for (const port of ports) {
    const listener = undo.adopt(await port.successor(tls), (listener) => listener.close());
    successors.push({ port, listener });
  }
  undo.move();
  await Promise.all(successors.map(({ port, listener }) => port.handOver(listener)));
}
