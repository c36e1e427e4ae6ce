/**
 * Whose webhooks we know.
 *
 * @module
 */

import { GITHUB } from "./github.ts";
import type { WebhookProvider } from "./provider.ts";
import { SLACK } from "./slack.ts";
import { STANDARD } from "./standard.ts";
import { STRIPE } from "./stripe.ts";

/** A provider that we know. */
export type WebhookProviderName = "stripe" | "github" | "slack" | "standard";

/** By the names on the command line. */
export const PROVIDERS: Readonly<Record<WebhookProviderName, WebhookProvider>> = {
  stripe: STRIPE,
  github: GITHUB,
  slack: SLACK,
  standard: STANDARD,
};

/** Tells a provider from other words. */
export function isWebhookProvider(name: string): name is WebhookProviderName {
  return Object.hasOwn(PROVIDERS, name);
}
