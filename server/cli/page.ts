/**
 * What `tun-server --help` says beside the flags.
 *
 * @module
 */

import type { HelpPage } from "./help.ts";

const SERVE: HelpPage = {
  summary: "tun-server: give local services public URLs, on a machine you own",
  usage: [
    ["tun-server [flags]", "start the server"],
    ["tun-server token [flags]", "sign a token"],
    ["tun-server token inspect", "say what a token permits"],
  ],
  examples: [
    ["tun-server --domain tun.example.com", "tunnels at <name>.tun.example.com"],
    ["tun-server --single --no-auth", "one client, no names, for a trusted network"],
    ["tun-server token --name app --ttl 24h", "a token for one name and one day"],
  ],
  notes: [
    "ADDR is host:port, [::]:port, :port or a port. A flag wins over its environment variable.",
    "The first start makes a secret and a first token in the state directory.",
  ],
};

const TOKEN: HelpPage = {
  summary: "tun-server token: sign a token with the server's secret and print it",
  usage: [["tun-server token [flags]", "without --name: random names; without --port: no TCP"]],
  examples: [
    ["tun-server token --name app --ttl 24h", "one name, one day"],
    ["tun-server token --name 'pr-*' --sub ci", "every name that starts with pr-"],
    ["tun-server token --sub ada --port 30000-30100", "TCP tunnels on some ports"],
  ],
};

const INSPECT: HelpPage = {
  summary: "tun-server token inspect: check a token and say what it permits",
  usage: [["tun-server token inspect [TOKEN]", "without TOKEN: from standard input"]],
  examples: [["tun-server token inspect < token", "the token in a file"]],
};

/** The page of a command. */
export function helpPage(command: "serve" | "token" | "inspect"): HelpPage {
  return command === "token" ? TOKEN : command === "inspect" ? INSPECT : SERVE;
}
