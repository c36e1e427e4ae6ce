/**
 * Who may visit a tunnel, as a person says it, and as the server is told: passwords only as
 * hashes, which are made here.
 *
 * @module
 */

import { type AccessOptions, hashCredentials, MAX_CREDENTIALS, MAX_NETWORKS } from "@tun/protocol";
import { Cidr } from "@tun/protocol/http1";
import { encodeHex } from "@std/encoding/hex";
import { UsageError } from "../usage_error.ts";

/** What a person asks for. */
export interface AccessWish {
  /** `user:password`, of which a visitor must know one; none: nobody is asked. */
  readonly credentials: readonly string[];
  /** Networks from which visitors may come; none: from everywhere. */
  readonly allow: readonly string[];
  /** Networks from which they may not; wins over `allow`. */
  readonly deny: readonly string[];
}

/** A field of a request has room for no more (base64 of it, in 1 KiB). */
const MOST_CREDENTIAL_BYTES = 768;

const SALT_BYTES = 16;

/**
 * One `user:password`. The first colon is the border, so a password may have more.
 *
 * @throws {UsageError} If it is none; it is not shown, as it may be half of a password.
 */
export function checkCredentials(text: string, origin: string): string {
  const colon = text.indexOf(":");
  if (colon <= 0 || colon === text.length - 1) {
    throw new UsageError(`${origin}: expected user:password`);
  }
  // As RFC 7617 wants it: what was typed in one keyboard's way is what is typed in another's.
  const normal = text.normalize("NFC");
  if (/\p{Cc}/u.test(normal)) throw new UsageError(`${origin} has a control character`);
  if (new TextEncoder().encode(normal).length > MOST_CREDENTIAL_BYTES) {
    throw new UsageError(`${origin}: expected at most ${MOST_CREDENTIAL_BYTES} bytes`);
  }
  return normal;
}

/**
 * Networks, each item one or several with commas.
 *
 * @throws {UsageError} That names the one that is none.
 */
export function checkNetworks(items: readonly string[], origin: string): string[] {
  const texts = items.flatMap((item) => item.split(",")).map((text) => text.trim());
  const networks = texts.map((text) => {
    const network = Cidr.parse(text);
    if (network === null) throw new UsageError(`${origin}: ${Cidr.complaint(text)}`);
    return network.toString();
  });
  if (networks.length <= MAX_NETWORKS) return networks;
  throw new UsageError(`${origin}: expected at most ${MAX_NETWORKS} networks`);
}

/**
 * A whole wish, checked.
 *
 * @throws {UsageError} If there are too many credentials.
 */
export function checkWish(wish: AccessWish, origin: string): AccessWish | undefined {
  const { credentials, allow, deny } = wish;
  if (credentials.length > MAX_CREDENTIALS) {
    throw new UsageError(`${origin}: expected at most ${MAX_CREDENTIALS} of user:password`);
  }
  return credentials.length + allow.length + deny.length === 0 ? undefined : wish;
}

/** What the server is told. */
export async function accessOptions({ credentials, allow, deny }: AccessWish): Promise<
  AccessOptions
> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const utf8 = new TextEncoder();
  const hashes = await Promise.all(
    credentials.map((one) => hashCredentials(salt, utf8.encode(one))),
  );
  return {
    ...(allow.length === 0 ? {} : { allow }),
    ...(deny.length === 0 ? {} : { deny }),
    ...(hashes.length === 0
      ? {}
      : { basic: { salt: encodeHex(salt), hashes: hashes.map((hash) => encodeHex(hash)) } }),
  };
}
