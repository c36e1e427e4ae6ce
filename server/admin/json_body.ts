/**
 * Reads what an operator sends: JSON that everybody reads alike, and not much of it.
 *
 * @module
 */

import { isJsonObject, parseStrictJson } from "../auth/strict_json.ts";
import { AdminError } from "./admin_error.ts";

/** Everything that can be sent is a `sub` and an issuer, with every character escaped. */
const MAX_BODY_BYTES = 16 * 1024;

/**
 * Reads an object whose keys are all among `keys`, and whose values are all text.
 *
 * @throws {AdminError} If it is anything else.
 */
export async function readTexts<Key extends string>(
  request: Request,
  keys: readonly Key[],
): Promise<{ readonly [key in Key]?: string }> {
  const type = request.headers.get("content-type") ?? "";
  // A form, or the text that a page may send to anybody, must not pass for it.
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new AdminError("media_type_refused");
  const bytes = await readBounded(request);
  let value: unknown;
  try {
    value = parseStrictJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AdminError("invalid_body", "The body is not JSON, or has a key twice", { cause });
  }
  if (!isJsonObject(value)) throw invalid("it is not an object");
  for (const [key, text] of Object.entries(value)) {
    if (!keys.includes(key as Key)) throw invalid(`expected ${keys.join(", ")} and nothing else`);
    if (typeof text !== "string") throw invalid(`${key} is not text`);
  }
  return value as { readonly [key in Key]?: string };
}

/** What is wrong with a body. */
export function invalid(what: string): AdminError {
  return new AdminError("invalid_body", `The body makes no sense: ${what}`);
}

async function readBounded({ body }: Request): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_BODY_BYTES);
  let length = 0;
  for await (const chunk of body ?? []) {
    if (length + chunk.length > MAX_BODY_BYTES) throw new AdminError("body_too_large");
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}
