/**
 * Lease keys: what proves to a server without tokens that this is the same person as before, so
 * that the URL stays. 32 random bytes for each endpoint: what a person named while sharing one port
 * is theirs while they share another. Which unnamed tunnel is which is for the claim's key to say.
 *
 * @module
 */

import { decodeHex, encodeHex } from "@std/encoding/hex";
import { createPrivateFile, readPrivateFile, writePrivateFile } from "./private_file.ts";

/** A key, and what the person should know. */
export interface LeaseKey {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly warning?: string;
}

/** As long as the hash the server keeps of it. */
const KEY_BYTES = 32;

async function pathOf(directory: string, endpoint: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  // Half of the digest names the file: enough to be unique, short enough for every file system.
  return `${directory}/lease-keys/${encodeHex(digest).slice(0, 32)}.json`;
}

function keyIn(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const hex = typeof value === "object" && value !== null && "key" in value ? value.key : "";
    const key = new Uint8Array(decodeHex(String(hex)));
    return key.length === KEY_BYTES ? key : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The key for an endpoint: the kept one, else a new one that is kept. Where nothing can be kept, the
 * key lives as long as the process, with a warning that the URL will change.
 *
 * @param directory Absent where there is no home.
 * @param endpoint As `endpointIdentity()` spells it.
 */
export async function leaseKeyFor(
  directory: string | undefined,
  endpoint: string,
): Promise<LeaseKey> {
  const fresh = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const unkept = (why: string): LeaseKey => ({
    key: fresh,
    warning: `the URL will change at the next start, its key cannot be kept: ${why}`,
  });
  if (directory === undefined) return unkept("there is no config directory, set HOME");
  try {
    const path = await pathOf(directory, endpoint);
    // The endpoint is there for people; only the key is ever read.
    const text = JSON.stringify({ endpoint, key: encodeHex(fresh) }) + "\n";
    const kept = (await readPrivateFile(path)) ?? { text: await createPrivateFile(path, text) };
    const key = keyIn(kept.text);
    if (key === undefined) {
      await writePrivateFile(path, text);
      return { key: fresh, warning: `${path} was damaged: there is a new key and a new URL` };
    }
    const exposed = "exposed" in kept && kept.exposed;
    return exposed
      ? { key, warning: `other users can read ${path}: run chmod 600 on it` }
      : { key };
  } catch (error) {
    return unkept(error instanceof Error ? error.message : String(error));
  }
}
