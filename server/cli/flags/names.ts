/**
 * What tunnels are called in public.
 *
 * @module
 */

import type { Flag } from "../flag.ts";
import { section } from "./section.ts";

/** The flags under this heading of the help. */
export const NAMES_FLAGS: readonly Flag[] = section("Names", ["serve"], [
  {
    name: "domain",
    env: "TUN_DOMAIN",
    placeholder: "NAME",
    fallback: "localhost",
    help: "tunnels live at <name>.<domain>",
  },
  {
    name: "public-url",
    env: "TUN_PUBLIC_URL",
    placeholder: "URL",
    fallback: "derived from --domain and --http",
    help: "what printed URLs start from when a proxy stands in front",
  },
  {
    name: "single",
    env: "TUN_SINGLE",
    type: { kind: "boolean" },
    help: "no names and no domain: every request goes to the one client, the newest",
  },
]);
