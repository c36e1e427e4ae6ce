/**
 * Who may visit, from flags, environment and config file in that order.
 *
 * @module
 */

import {
  type AccessWish,
  checkCredentials,
  checkNetworks,
  checkWish,
} from "../access/access_wish.ts";
import { isWebhookProvider, PROVIDERS } from "../forward/webhook/providers.ts";
import type { WebhookOptions } from "../forward/webhook/webhook_check.ts";
import { closest } from "../suggestion.ts";
import type { FlagValues } from "./flag_values.ts";
import { besideFile, type ReadFile, requireFile } from "./text_file.ts";
import { UsageError } from "../usage_error.ts";
import type { TunnelKind } from "../address/target.ts";

/** Texts with where they were written. */
export interface PlacedTexts {
  readonly texts: readonly string[];
  readonly origin: string;
}

/** What a `[tunnels.x]` says about visitors. */
export interface FileVisitorRules {
  readonly basicAuth?: PlacedTexts;
  readonly allowCidr?: PlacedTexts;
  readonly denyCidr?: PlacedTexts;
  readonly verifyWebhook?: PlacedTexts;
  readonly webhookSecret?: PlacedTexts;
  readonly webhookSecretFile?: PlacedTexts;
}

/** What holds for a tunnel. */
export interface VisitorRules {
  readonly access?: AccessWish;
  readonly webhook?: WebhookOptions;
}

/** Where rules come from. */
export interface RuleSources {
  readonly kind: TunnelKind;
  readonly values: FlagValues;
  readonly readFile: ReadFile;
  /** The tunnel's table, and the path of its file. */
  readonly table?: FileVisitorRules;
  readonly path?: string;
}

/**
 * Puts the rules of a tunnel together.
 *
 * @throws {UsageError} For whatever could be meant otherwise: nobody should find out by a visitor.
 */
export function visitorRules(sources: RuleSources): VisitorRules {
  const { kind, values, table = {} } = sources;
  const first = (name: string, inFile: PlacedTexts | undefined): PlacedTexts => {
    const flag = values.lines(name);
    if (flag !== undefined) return { texts: flag.value, origin: flag.origin };
    return inFile ?? { texts: [], origin: `--${name}` };
  };
  const basic = kind === "http" ? first("basic-auth", table.basicAuth) : NONE;
  const allow = first("allow-cidr", table.allowCidr);
  const deny = first("deny-cidr", table.denyCidr);
  const access = checkWish({
    credentials: basic.texts.map((text) => checkCredentials(text, basic.origin)),
    allow: checkNetworks(allow.texts, allow.origin),
    deny: checkNetworks(deny.texts, deny.origin),
  }, basic.origin);
  const webhook = kind === "http" ? webhookOf(sources, first) : undefined;
  return {
    ...(access === undefined ? {} : { access }),
    ...(webhook === undefined ? {} : { webhook }),
  };
}

const NONE: PlacedTexts = { texts: [], origin: "" };

function webhookOf(
  { values, readFile, table = {}, path }: RuleSources,
  first: (name: string, inFile: PlacedTexts | undefined) => PlacedTexts,
): WebhookOptions | undefined {
  const wanted = first("verify-webhook", table.verifyWebhook);
  const [provider] = wanted.texts;
  if (provider === undefined) {
    const idle = values.text("webhook-secret-file")?.origin ?? table.webhookSecret?.origin ??
      table.webhookSecretFile?.origin;
    if (idle === undefined) return undefined;
    throw new UsageError(`${idle} does nothing alone: whose webhooks are they? --verify-webhook`);
  }
  if (!isWebhookProvider(provider)) {
    const guess = closest(provider, Object.keys(PROVIDERS));
    const hint = guess === undefined ? "" : `: did you mean ${guess}?`;
    const shown = JSON.stringify(provider);
    throw new UsageError(
      `${wanted.origin}: expected stripe, github, slack or standard, got ${shown}${hint}`,
    );
  }
  const { texts: secrets, origin } = secretsOf(values, readFile, table, path);
  if (secrets.length === 0) {
    throw new UsageError(
      `${wanted.origin} needs the secret: TUN_WEBHOOK_SECRET or --webhook-secret-file FILE`,
    );
  }
  if (secrets.some((secret) => PROVIDERS[provider].keyOf(secret) === undefined)) {
    throw new UsageError(`${origin}: a secret of ${provider} is base64, mostly behind whsec_`);
  }
  return { provider, secrets };
}

/** The file named by a flag wins over the variable, which nobody has to unset for it. */
function secretsOf(
  values: FlagValues,
  readFile: ReadFile,
  table: FileVisitorRules,
  path: string | undefined,
): PlacedTexts {
  const typed = values.lines("webhook-secret");
  const file = values.text("webhook-secret-file");
  if (typed?.explicit && file !== undefined) {
    throw new UsageError(`${typed.origin} beside ${file.origin}: give one of them`);
  }
  if (file !== undefined) return linesOf(readFile, file.value, file.origin);
  if (typed !== undefined) return { texts: typed.value, origin: typed.origin };
  if (table.webhookSecret !== undefined) return table.webhookSecret;
  const named = table.webhookSecretFile;
  if (named === undefined) return NONE;
  return linesOf(readFile, besideFile(named.texts[0]!, path ?? ""), named.origin);
}

function linesOf(readFile: ReadFile, path: string, origin: string): PlacedTexts {
  const lines = requireFile(readFile, path, origin).split("\n").map((line) => line.trim());
  return { texts: lines.filter((line) => line !== ""), origin: path };
}

/** Secrets that other users of this machine can read while the program runs, one line each. */
export function exposedSecrets(values: FlagValues): string[] {
  return [["basic-auth", "TUN_BASIC_AUTH"], ["webhook-secret", "TUN_WEBHOOK_SECRET"]]
    .filter(([flag]) => values.text(flag!)?.explicit)
    .map(([flag, variable]) => `--${flag} is visible in the process list: ${variable} is not`);
}
