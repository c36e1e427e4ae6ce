/**
 * The public end of tun, as a library.
 *
 * @module
 */

export type { Cidr } from "@tun/protocol/http1";
export type { AuthConfig } from "./auth/auth_config.ts";
export { type Grant, type GrantedKind } from "./auth/grant.ts";
export type { GrantRule, WantedValue } from "./auth/grant_rule.ts";
export type { JwksSource } from "./auth/jwks_source.ts";
export { type Revocation, RevocationError, Revocations } from "./auth/revocations.ts";
export type { Claims } from "./auth/signed_token.ts";
export { KeyError } from "./auth/verification_key.ts";
export { SERVER_DEFAULTS, type ServerConfig, type TlsConfig } from "./config.ts";
export { CertificateError, ListenError } from "./listen.ts";
export type { ListenAddress } from "./listen_address.ts";
export { LOG_EVENTS, type LogEvent, type LogLevel } from "./log/events.ts";
export {
  type AdjustableLog,
  type Log,
  type LogFields,
  type LogOptions,
  makeLog,
  silentLog,
} from "./log/log.ts";
export type { PortRange } from "./registry/port_range.ts";
export type { RegistryLimits } from "./registry/registry_options.ts";
export type { QuotaLimits } from "./registry/quota.ts";
export type { ReloadReport } from "./reload/reload.ts";
export type { ConfigChange } from "./reload/settings.ts";
export { createServer, type ServerDependencies } from "./create_server.ts";
export { Server } from "./server.ts";
export { StateError } from "./state_directory.ts";
