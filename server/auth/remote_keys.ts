/**
 * Keys that somebody publishes at a URL. The last good set is kept: a key server that
 * is away, or answers with something else, takes nothing from those who have keys.
 *
 * ```text
 *   no set yet   asked at the start, and with each token, at most once a second
 *   fresh        not asked
 *   stale        asked in the background, while the present set goes on
 *   unknown kid  asked at once, 4 times and then once in 30 s: anybody can make up a kid
 * ```
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import { TokenBucket } from "../admission/token_bucket.ts";
import { masked } from "../masked.ts";
import type { KeySource } from "./key_source.ts";
import { readKeys } from "./key_text.ts";
import { KeyError, type VerificationKey } from "./verification_key.ts";

/** Keys are announced hours before they are used, and withdrawn keys are to go within minutes. */
const STALE_AFTER_MS = 10 * 60_000;

/** See the head of this file. */
const LOOK_AGAIN_AFTER_MS = 30_000;

/** A new key may be used right after another one; nobody changes four keys in two minutes. */
const LOOKS_AT_ONCE = 4;

/** After a failure: the key server may be restarting, and need not be hammered. */
const RETRY_AFTER_MS = 1000;

/** Within the 10 s that a handshake may take. */
const TIMEOUT_MS = 5000;

/** Large providers publish some 20 KiB. */
const MAX_BYTES = 256 * 1024;

/** What remote keys are made with. */
export interface RemoteKeysOptions {
  /** Monotonic time. */
  readonly clock: Clock;
  /** What happened, for the log. */
  readonly onEvent: (event: RemoteKeysEvent) => void;
  /** @default {fetch} */
  readonly fetch?: typeof fetch;
}

/** What happened with a key set. */
export type RemoteKeysEvent =
  | { readonly type: "keys_loaded"; readonly url: string; readonly keys: number }
  | { readonly type: "keys_failed"; readonly url: string; readonly error: string }
  | { readonly type: "key_ignored"; readonly url: string; readonly error: string };

/** Keys at a URL. */
export class RemoteKeys implements KeySource, Disposable {
  /** Where they are. */
  readonly url: string;
  readonly #options: RemoteKeysOptions;
  readonly #lifetime = new AbortController();
  readonly #looks: TokenBucket;
  #keys: readonly VerificationKey[] | undefined;
  #loadedAt = -Infinity;
  #triedAt = -Infinity;
  #load: Promise<void> | undefined;

  /** Asks at once, and does not wait for the answer. */
  constructor(url: string, options: RemoteKeysOptions) {
    this.url = url;
    this.#options = options;
    this.#looks = new TokenBucket(options.clock, 1000 / LOOK_AGAIN_AFTER_MS, LOOKS_AT_ONCE);
    this.refresh();
  }

  get keys(): readonly VerificationKey[] | undefined {
    return this.#keys;
  }

  async ready(): Promise<void> {
    const now = this.#options.clock.now();
    if (this.#keys === undefined) {
      if (this.#load !== undefined || now - this.#triedAt >= RETRY_AFTER_MS) await this.refresh();
    } else if (
      now - this.#loadedAt >= STALE_AFTER_MS && now - this.#triedAt >= LOOK_AGAIN_AFTER_MS
    ) {
      this.refresh();
    }
  }

  async lookAgain(): Promise<void> {
    // Who has no keys yet asks for them anyway.
    if (this.#keys === undefined) return;
    if (this.#load !== undefined || this.#looks.take() === 0) await this.refresh();
  }

  /** Asks, or waits for the answer if somebody has asked. Never rejects. */
  refresh(): Promise<void> {
    if (this.#lifetime.signal.aborted) return Promise.resolve();
    this.#load ??= this.#reload().finally(() => this.#load = undefined);
    return this.#load;
  }

  /** Asks nobody any more. */
  [Symbol.dispose](): void {
    this.#lifetime.abort();
  }

  async #reload(): Promise<void> {
    const { clock, onEvent } = this.#options;
    this.#triedAt = clock.now();
    try {
      const { keys, faults } = await readKeys(await this.#download());
      for (const { message } of faults) {
        onEvent({ type: "key_ignored", url: masked(this.url), error: masked(message) });
      }
      if (keys.length === 0) throw new KeyError("unfit", "there is no key in it that can be used");
      this.#keys = keys;
      this.#loadedAt = clock.now();
      onEvent({ type: "keys_loaded", url: masked(this.url), keys: keys.length });
    } catch (error) {
      if (this.#lifetime.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      onEvent({ type: "keys_failed", url: masked(this.url), error: masked(reason) });
    }
  }

  async #download(): Promise<string> {
    const { clock, fetch: get = fetch } = this.#options;
    const { signal } = this.#lifetime;
    const late = new AbortController();
    const timer = clock.schedule(
      TIMEOUT_MS,
      () => late.abort(new KeyError("unreadable", "it took too long")),
    );
    try {
      const response = await get(this.url, {
        // Who may redirect us may say which keys are trusted.
        redirect: "error",
        headers: { accept: "application/jwk-set+json, application/json" },
        signal: AbortSignal.any([signal, late.signal]),
      });
      if (response.status === 200) return await textOf(response);
      await response.body?.cancel();
      throw new KeyError("unreadable", `it answered with status ${response.status}`);
    } finally {
      timer.cancel();
    }
  }
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    // Leaving the loop cancels the rest.
    if (bytes > MAX_BYTES) throw new KeyError("unreadable", `it is longer than ${MAX_BYTES} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
