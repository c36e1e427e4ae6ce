/**
 * Checks tokens as the operator has configured it, and as it is configured anew while the
 * server runs.
 *
 * A token whose `iss` a rule of `--grants` names is checked by those rules and their keys
 * alone; every other one by the operator's own keys.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import type { AuthConfig } from "./auth_config.ts";
import type { JwksSource } from "./jwks_source.ts";
import { subjectOwner } from "../registry/owner.ts";
import type { GrantRule } from "./grant_rule.ts";
import type { Identity, Proof } from "./identity.ts";
import { FixedKeys, type KeySource } from "./key_source.ts";
import { readKeys } from "./key_text.ts";
import { refuse } from "./refusal.ts";
import { RemoteKeys, type RemoteKeysEvent } from "./remote_keys.ts";
import { Revocations } from "./revocations.ts";
import { ownSecret } from "./secret.ts";
import { readToken } from "./signed_token.ts";
import { mappedRule, ownRule, Trust } from "./trust.ts";
import { KeyError, VerificationKey } from "./verification_key.ts";

/** What checking takes beside the configuration. */
export interface TokenCheckOptions {
  /** The state directory, which is there. */
  readonly state: string;
  /** Monotonic time. */
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
  /** What happens with keys at URLs. */
  readonly onEvent: (event: RemoteKeysEvent) => void;
}

/** Whom to trust, at one time. */
interface Trusts {
  readonly byIssuer: ReadonlyMap<string, Trust>;
  readonly others: Trust;
  readonly remote: ReadonlyMap<string, RemoteKeys>;
  readonly firstTokenFile: string | undefined;
}

/** Checks tokens. */
export class TokenCheck implements Disposable {
  /** Who is denied. */
  readonly revocations: Revocations;
  /** The first token's file, if it was made just now. */
  readonly firstTokenFile: string | undefined;
  readonly #options: TokenCheckOptions;
  readonly #listeners = new Set<() => void>();
  #kind: AuthConfig["kind"];
  #trusts: Trusts;

  private constructor(
    auth: AuthConfig,
    trusts: Trusts,
    revocations: Revocations,
    options: TokenCheckOptions,
  ) {
    this.#kind = auth.kind;
    this.#trusts = trusts;
    this.#options = options;
    this.revocations = revocations;
    this.firstTokenFile = trusts.firstTokenFile;
    revocations.setFile(revokedBy(auth));
    revocations.onChange(() => this.#tell());
  }

  /**
   * Gets the keys ready: those that were given, or a secret of our own if there are none. Keys
   * at a URL are not waited for.
   *
   * @throws {KeyError} If a key cannot be used.
   * @throws {RevocationError} If what is denied cannot be read.
   */
  static async open(auth: AuthConfig, options: TokenCheckOptions): Promise<TokenCheck> {
    const revocations = await Revocations.open(options.state);
    const trusts = await trustsOf(auth, options, new Map());
    return new TokenCheck(auth, trusts, revocations, options);
  }

  /**
   * Finds out who bears a token.
   *
   * @throws {HandshakeRefused} If it does not do.
   */
  async check(token: string): Promise<Identity> {
    const signed = readToken(token);
    const proof = await this.#trustOf(signed.claims.iss).verify(signed);
    const { iss = "", sub } = proof.claims;
    // Keys, rules and revocations count as they are at the end, not as they were at the start.
    const judged = this.#judge(proof);
    return { ...judged, owner: await subjectOwner(String(iss), String(sub)) };
  }

  /**
   * What somebody who has come in may do by now.
   *
   * @throws {HandshakeRefused} If that is nothing any more.
   */
  checkAgain(identity: Identity): Identity {
    const { proof, owner } = identity;
    return proof === undefined ? identity : { ...this.#judge(proof), owner };
  }

  /**
   * Takes over another configuration, and tells {@linkcode onChange}; nothing changes if it
   * throws. Keys at URLs are fetched anew, and those at a new URL have to be there.
   *
   * @throws {KeyError} If a key cannot be used, or had.
   * @throws {TypeError} If tokens were to be turned on or off: that takes a restart.
   */
  async configure(auth: AuthConfig): Promise<void> {
    if (auth.kind !== this.#kind) throw new TypeError("Cannot turn tokens on or off while running");
    const { remote } = this.#trusts;
    const trusts = await trustsOf(auth, this.#options, remote);
    await Promise.all(Array.from(trusts.remote.values(), (keys) => keys.refresh()));
    const missing = Array.from(trusts.remote.values()).find(({ keys }) => keys === undefined);
    const isKept = missing !== undefined && remote.has(missing.url);
    if (missing !== undefined && !isKept) {
      disposeOthers(trusts.remote, remote);
      throw new KeyError("unreadable", `the keys at ${missing.url} cannot be had`);
    }
    this.#trusts = trusts;
    this.revocations.setFile(revokedBy(auth));
    disposeOthers(remote, trusts.remote);
    this.#tell();
  }

  /** Calls `listener` when who is in may have to go: see {@linkcode checkAgain}. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Fetches no keys any more. */
  [Symbol.dispose](): void {
    disposeOthers(this.#trusts.remote, new Map());
  }

  #trustOf(issuer: unknown): Trust {
    const { byIssuer, others } = this.#trusts;
    return typeof issuer === "string" ? byIssuer.get(issuer) ?? others : others;
  }

  #judge(proof: Proof): Omit<Identity, "owner"> {
    const trust = this.#trustOf(proof.claims.iss);
    const { registered, grant } = trust.judge(proof, this.#options.wallTime());
    if (this.revocations.has(registered)) throw refuse("token_revoked");
    const { subject, expiresAt } = registered;
    return { label: subject, grant, expiresAt, proof };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function revokedBy(auth: AuthConfig): readonly string[] {
  return auth.kind === "none" ? [] : auth.revoked ?? [];
}

/** Makes everything that a configuration asks for; keys at URLs that are there are used again. */
async function trustsOf(
  auth: AuthConfig,
  { state, clock, onEvent }: TokenCheckOptions,
  existing: ReadonlyMap<string, RemoteKeys>,
): Promise<Trusts> {
  const remote = new Map<string, RemoteKeys>();
  const sourceOf = async (jwks: JwksSource): Promise<KeySource> => {
    if (jwks.kind === "keys") return await fixedKeys(jwks);
    const { url } = jwks;
    const keys = remote.get(url) ?? existing.get(url) ?? new RemoteKeys(url, { clock, onEvent });
    remote.set(url, keys);
    return keys;
  };
  const { secret, jwks = [], issuer, audience, grants = [], maxTtlMs = Infinity } =
    auth.kind === "none" ? { secret: "" } : auth;
  try {
    const own = secret === undefined && jwks.length === 0
      ? await ownSecret(state, { issuer, audience })
      : undefined;
    const text = secret ?? own?.secret;
    const fixed = text ? [new FixedKeys([await VerificationKey.ofSecret(text)])] : [];
    const sources = [...fixed, ...await Promise.all(jwks.map(sourceOf))];
    const mapped = await Promise.all(
      grants.map(async (rule) => ({ rule, source: await sourceOf(rule.jwks) })),
    );
    return {
      byIssuer: new Map(Array.from(
        Map.groupBy(mapped, ({ rule }) => rule.issuer),
        ([name, group]) => [name, new Trust(group.map(toTrustRule), { maxTtlMs })],
      )),
      others: new Trust([ownRule({ sources, issuer, audience })], { maxTtlMs }),
      remote,
      firstTokenFile: own?.firstTokenFile,
    };
  } catch (error) {
    disposeOthers(remote, existing);
    throw error;
  }
}

function toTrustRule({ rule, source }: { rule: GrantRule; source: KeySource }) {
  return mappedRule(rule, source);
}

/** In a file of the operator's own, a key that must not be there is a mistake to be told. */
async function fixedKeys({ text, from }: JwksSource & { kind: "keys" }): Promise<KeySource> {
  try {
    const { keys, faults } = await readKeys(text);
    const fault = faults.find(({ code }) => code !== "unfit") ?? faults[0];
    if (fault !== undefined && (fault.code !== "unfit" || keys.length === 0)) throw fault;
    if (keys.length === 0) throw new KeyError("unreadable", "there is no key in it");
    return new FixedKeys(keys);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    throw new KeyError(error.code, `${from}: ${error.message}`, { cause: error });
  }
}

function disposeOthers(
  keys: ReadonlyMap<string, RemoteKeys>,
  kept: ReadonlyMap<string, RemoteKeys>,
): void {
  for (const [url, one] of keys) if (kept.get(url) !== one) one[Symbol.dispose]();
}
