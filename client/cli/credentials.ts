/**
 * The tokens that `tun login` keeps, one for each endpoint.
 *
 * @module
 */

import { readPrivateFile, writePrivateFile } from "./private_file.ts";

/** The credentials file cannot be used. */
export class CredentialsError extends Error {
  override readonly name = "CredentialsError";
  /** Stable, for programs. */
  readonly code: "credentials_unreadable" | "credentials_unwritable";

  /** Makes an error for one file. */
  constructor(code: CredentialsError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A kept token, if there is one, and what the person should know. */
export interface KeptToken {
  readonly token?: string;
  readonly warnings: readonly string[];
}

type Entries = Record<string, { readonly token: string }>;

function pathIn(directory: string): string {
  return `${directory}/credentials.json`;
}

function parseEntries(text: string, path: string): Entries {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The reason is left out: it would quote the file.
    throw new CredentialsError("credentials_unreadable", `${path} is not valid JSON`);
  }
  const entries: Entries = Object.create(null);
  if (typeof value !== "object" || value === null) return entries;
  for (const [endpoint, entry] of Object.entries(value)) {
    const token = typeof entry === "object" && entry !== null ? entry.token : undefined;
    if (typeof token === "string") entries[endpoint] = { token };
  }
  return entries;
}

/**
 * The token kept for an endpoint.
 *
 * @param endpoint As `endpointIdentity()` spells it.
 * @throws {CredentialsError} If the file is there and makes no sense.
 */
export async function readToken(directory: string, endpoint: string): Promise<KeptToken> {
  const path = pathIn(directory);
  let file: Awaited<ReturnType<typeof readPrivateFile>>;
  try {
    file = await readPrivateFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { warnings: [`cannot read ${path}, going on without its token: ${reason}`] };
  }
  if (file === undefined) return { warnings: [] };
  const warnings = file.exposed ? [`other users can read ${path}: run chmod 600 on it`] : [];
  const token = parseEntries(file.text, path)[endpoint]?.token;
  return { warnings, ...(token === undefined ? {} : { token }) };
}

/**
 * Keeps a token for an endpoint, in place of the one before; gives back the path of the file.
 *
 * @throws {CredentialsError} If the file makes no sense (it is not overwritten) or cannot be written.
 */
export async function keepToken(
  directory: string,
  endpoint: string,
  token: string,
): Promise<string> {
  const path = pathIn(directory);
  try {
    const file = await readPrivateFile(path);
    const entries = parseEntries(file?.text ?? "{}", path);
    entries[endpoint] = { token };
    await writePrivateFile(path, JSON.stringify(entries, null, 2) + "\n");
    return path;
  } catch (cause) {
    if (cause instanceof CredentialsError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `cannot write ${path}: ${reason}`;
    throw new CredentialsError("credentials_unwritable", message, { cause });
  }
}
