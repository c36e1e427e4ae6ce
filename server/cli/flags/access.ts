/**
 * Who may come in, and with which tokens.
 *
 * @module
 */

import type { Flag } from "../flag.ts";
import { CHECKING, KEYED, section } from "./section.ts";

/** The flags under this heading of the help. */
export const ACCESS_FLAGS: readonly Flag[] = section("Access", ["serve"], [
  {
    name: "admin-token",
    env: "TUN_ADMIN_TOKEN",
    placeholder: "S",
    fallback: "generated, kept in the state directory",
    help: "what operators show to the admin address",
    secret: true,
  },
  {
    name: "no-auth",
    env: "TUN_NO_AUTH",
    type: { kind: "boolean" },
    help: "anybody who reaches the server may open tunnels",
  },
  {
    name: "jwt-secret",
    env: "TUN_JWT_SECRET",
    placeholder: "S",
    fallback: "generated, kept in the state directory",
    help: "the secret that signs tokens",
    commands: KEYED,
    secret: true,
  },
  {
    name: "jwks",
    env: "TUN_JWKS",
    placeholder: "FILE-OR-URL",
    help: "public keys of who else may sign tokens: JWKS, JWK or PEM; may be repeated",
    commands: CHECKING,
    path: true,
    repeat: true,
  },
  {
    name: "issuer",
    env: "TUN_ISSUER",
    placeholder: "S",
    help: "the `iss` that tokens must carry",
    commands: KEYED,
  },
  {
    name: "audience",
    env: "TUN_AUDIENCE",
    placeholder: "S",
    help: "the `aud` that tokens must carry",
    commands: KEYED,
  },
  {
    name: "max-token-ttl",
    env: "TUN_MAX_TOKEN_TTL",
    type: { kind: "lifetime" },
    placeholder: "TIME",
    fallback: "no limit",
    help: "tokens that are made to last longer are refused",
    commands: CHECKING,
  },
  {
    name: "grants",
    env: "TUN_GRANTS",
    placeholder: "FILE",
    help: "what tokens of other issuers are worth, such as those of CI jobs (JSON)",
    commands: CHECKING,
    path: true,
  },
  {
    name: "revoked",
    env: "TUN_REVOKED",
    placeholder: "FILE",
    help: "who is denied: a line `jti:ID` or `sub:WHO` for each, or JSON",
    commands: CHECKING,
    path: true,
  },
]);
