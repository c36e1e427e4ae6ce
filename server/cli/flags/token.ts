/**
 * What `tun-server token` puts into a token.
 *
 * @module
 */

import type { Flag } from "../flag.ts";
import { section } from "./section.ts";

/** The flags under this heading of the help. */
export const TOKEN_FLAGS: readonly Flag[] = section("Token", ["token"], [
  {
    name: "sub",
    aliases: ["subject"],
    placeholder: "WHO",
    fallback: "the name, if there is one",
    help: "whose token it is: equal subjects own each other's names",
  },
  {
    name: "ttl",
    type: { kind: "lifetime" },
    placeholder: "TIME",
    fallback: "90d",
    help: "how long it is good for: 45m, 24h, 90d",
  },
  {
    name: "name",
    aliases: ["names"],
    placeholder: "NAME",
    fallback: "random names only",
    repeat: true,
    help: "a name it may claim, `*` stands for any letters; may be repeated",
  },
  {
    name: "port",
    aliases: ["ports"],
    placeholder: "A[-B]",
    fallback: "no TCP port",
    repeat: true,
    help: "public ports it may open, `*` for all; may be repeated",
  },
  {
    name: "kind",
    aliases: ["kinds"],
    placeholder: "http|tcp",
    fallback: "both",
    repeat: true,
    help: "a kind of tunnel it may open",
  },
  {
    name: "tunnels",
    type: { kind: "integer", min: 1, max: 10_000 },
    placeholder: "N",
    help: "most tunnels at once",
  },
  {
    name: "streams",
    type: { kind: "integer", min: 1, max: 1_000_000 },
    placeholder: "N",
    help: "most requests and connections at once",
  },
  {
    name: "visitors",
    placeholder: "CIDR,...",
    fallback: "everybody",
    repeat: true,
    help: "where its visitors may come from",
  },
  {
    name: "session-ttl",
    type: { kind: "lifetime" },
    placeholder: "TIME",
    fallback: "as long as the token",
    help: "how long one session may last",
  },
  {
    name: "rps",
    type: { kind: "integer", min: 1, max: 1_000_000 },
    placeholder: "N",
    help: "most requests a second",
  },
  {
    name: "bps",
    type: { kind: "bytes" },
    placeholder: "BYTES",
    help: "most bytes a second",
  },
]);
