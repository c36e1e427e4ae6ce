/**
 * What `tun --help` says beside the flags.
 *
 * @module
 */

import type { HelpPage } from "./help.ts";

const NOTES = [
  "A flag wins over the environment, the environment over the config file.",
  "Exit codes: 0 stopped by you, 2 wrong usage, 3 token, 4 name or port, 5 not a tun server or " +
  "version, 1 anything else.",
];

const HTTP: HelpPage = {
  summary: "tun http: share a local HTTP service, WebSockets and streams included",
  usage: [["tun [http] [TARGET] [flags]", "TARGET is 3000, host:port, a URL or a unix socket"]],
  examples: [
    ["tun 3000", "http://127.0.0.1:3000, under a random name"],
    ["tun 3000 -s shop", "under the name shop"],
    ["tun localhost:5173 --host-header rewrite", "for dev servers that check the Host"],
    ["tun https://localhost:8443 --insecure", "a local service with its own certificate"],
    ["tun ./app.sock", "a unix socket"],
    ["tun 3000 --allow-cidr 192.0.2.0/24", "for visitors from one network only"],
  ],
};

const TCP: HelpPage = {
  summary: "tun tcp: share a local TCP service on a public port",
  usage: [["tun tcp TARGET [flags]", "TARGET is 22, host:port or a unix socket"]],
  examples: [
    ["tun tcp 22", "on a port the server chooses, the same for ever"],
    ["tun tcp db.internal:5432 -p 30000", "on public port 30000"],
  ],
};

const START: HelpPage = {
  summary: "tun start: open the tunnels of a config file, all of them or those named",
  usage: [["tun start [NAME...] [flags]", "the tunnels of tun.toml"]],
  examples: [
    ["tun start", "every tunnel"],
    ["tun start web ssh", "two of them"],
    ["tun start --config work.toml", "another file"],
  ],
  notes: [
    "A file: endpoint, token or token_file at the top, then [tunnels.web] with target, kind, " +
    "subdomain, port, host_header, concurrency, connect_timeout, request_timeout, insecure, " +
    "basic_auth, allow_cidr, deny_cidr, verify_webhook, webhook_secret, webhook_secret_file.",
  ],
};

const LOGIN: HelpPage = {
  summary: "tun login: keep a token for a server, so that no command needs it again",
  usage: [["tun login [flags]", "asks for the token, or reads it from a pipe"]],
  examples: [
    ["tun login -e https://tun.example.com", "asks for the token"],
    ["tun login -e tun.example.com < token", "takes it from a file"],
  ],
};

const ALL: HelpPage = {
  summary: "tun: share a local service at a public URL, through a server you own",
  usage: [
    ["tun [http] [TARGET]", "an HTTP service; TARGET is 3000, host:port, a URL or a unix socket"],
    ["tun tcp TARGET", "a TCP service, on a public port"],
    ["tun start [NAME...]", "the tunnels of a config file"],
    ["tun login", "keep the token of a server"],
  ],
  examples: [
    ["tun 3000", "share http://127.0.0.1:3000"],
    ["tun 3000 -s shop -e tun.example.com", "as shop, through your server"],
    ["tun tcp 22", "share SSH"],
  ],
  notes: [...NOTES, "`tun SUBCOMMAND --help` says more."],
};

const PAGES: ReadonlyMap<string, HelpPage> = new Map([
  ["http", HTTP],
  ["tcp", TCP],
  ["start", START],
  ["login", LOGIN],
]);

/** The page of a subcommand, or of the whole program. */
export function helpPage(command: string | undefined): HelpPage {
  return PAGES.get(command ?? "") ?? ALL;
}
