/**
 * Secrets that a test can recognise again, whatever was done to them on the way.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import { encodeBase64Url } from "@std/encoding/base64url";
import { encodeHex } from "@std/encoding/hex";

/** Of a secret that was cut, so many characters are still one; they are no accident either. */
const PIECE_LENGTH = 12;

/** A text that tells where a secret has gone. */
export interface Needle {
  /** Which secret. */
  readonly secret: string;
  readonly form: string;
  readonly text: string;
}

/** A random secret that can be sent as a bearer token, and typed. */
export function randomSecret(): string {
  return encodeHex(crypto.getRandomValues(new Uint8Array(24)));
}

/** A random password with all that a form may have to escape. */
export function randomPassword(): string {
  return `${randomSecret().slice(0, 16)} "%+/&'<:${randomSecret().slice(0, 16)}`;
}

/** The secrets of a test, by name. */
export class PlantedSecrets {
  readonly #values = new Map<string, string>();

  /** Adds a secret, and gives it back. */
  plant(name: string, value: string = randomSecret()): string {
    if (value.length < 2 * PIECE_LENGTH) throw new TypeError(`Too short to be found: ${name}`);
    this.#values.set(name, value);
    return value;
  }

  /**
   * Adds a token. What it says may be shown, so only that it was signed, and the base64 of what it
   * says, are looked for.
   */
  plantToken(name: string, token: string): string {
    const [, claims, signature] = token.split(".");
    if (claims !== undefined) this.plant(`${name} (claims)`, claims);
    if (signature !== undefined) this.plant(`${name} (signature)`, signature);
    return token;
  }

  /** What was planted. */
  get all(): ReadonlyMap<string, string> {
    return this.#values;
  }

  /** What to look for: pieces of every form of every secret. */
  needles(): readonly Needle[] {
    return Array.from(this.#values).flatMap(([name, value]) =>
      formsOf(value).flatMap(([form, text]) =>
        pieces(text).map((piece) => ({ secret: name, form, text: piece }))
      )
    );
  }
}

/** A secret as programs write it. */
export function formsOf(value: string): readonly (readonly [form: string, text: string])[] {
  const bytes = new TextEncoder().encode(value);
  const forms: [string, string][] = [
    ["as it is", value],
    ["in JSON", JSON.stringify(value).slice(1, -1)],
    ["in a URL", encodeURIComponent(value)],
    ["in hex", encodeHex(bytes)],
    ...[0, 1, 2].flatMap((before): [string, string][] => {
      const shifted = new Uint8Array([...new Uint8Array(before), ...bytes]);
      // Neither end: they depend on what stands beside the secret.
      const inner = (text: string) => text.slice(Math.ceil(before * 8 / 6), -4);
      return [
        ["in base64", inner(encodeBase64(shifted))],
        ["in base64url", inner(encodeBase64Url(shifted))],
      ];
    }),
  ];
  const seen = new Set<string>();
  return forms.filter(([, text]) => !seen.has(text) && seen.add(text));
}

function pieces(text: string): string[] {
  if (text.length <= PIECE_LENGTH) return [text];
  const count = Math.floor(text.length / PIECE_LENGTH);
  return Array.from(
    { length: count },
    (_, i) => text.slice(i * PIECE_LENGTH).slice(0, PIECE_LENGTH),
  );
}
