/**
 * `tun login`: keeps a token for an endpoint.
 *
 * @module
 */

import { promptSecret } from "@std/cli/prompt-secret";
import type { ConnectionOptions } from "./cli/command.ts";
import { checkToken } from "./cli/connection.ts";
import { keepToken } from "./cli/credentials.ts";
import { endpointIdentity, endpointLabel, plaintextRefusal } from "./address/endpoint.ts";
import { UsageError } from "./usage_error.ts";

/** No token is longer; a pipe that goes on for ever is not one. */
const MOST_INPUT_BYTES = 64 * 1024;

/**
 * Takes the token from the flag, a pipe or a prompt, and keeps it; gives the line that says so.
 *
 * @throws {UsageError} If there is no token, it is none, or it would go in clear.
 * @throws {CredentialsError} If it cannot be kept.
 */
export async function login(
  { endpoint, token, allowPlaintext }: ConnectionOptions,
  configDirectory: string | undefined,
): Promise<string> {
  const label = endpointLabel(endpoint);
  const refusal = plaintextRefusal(endpoint, allowPlaintext);
  if (refusal !== undefined) throw new UsageError(refusal);
  if (configDirectory === undefined) {
    throw new UsageError("tun login: there is no directory to keep the token in, set HOME");
  }
  const text = token ?? await askedToken(label);
  const path = await keepToken(configDirectory, endpointIdentity(endpoint), text);
  return `the token for ${label} is kept in ${path}`;
}

async function askedToken(label: string): Promise<string> {
  if (!Deno.stdin.isTerminal()) return checkToken(await readInput(), "the token on stdin");
  return checkToken(promptSecret(`Token for ${label}:`) ?? "", "the token");
}

async function readInput(): Promise<string> {
  const buffer = new Uint8Array(MOST_INPUT_BYTES);
  let size = 0;
  while (size < buffer.length) {
    const read = await Deno.stdin.read(buffer.subarray(size));
    if (read === null) break;
    size += read;
  }
  return new TextDecoder().decode(buffer.subarray(0, size));
}
