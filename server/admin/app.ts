/**
 * The admin side: health, and a list of tunnels. On a listener of its own; no path
 * leads here from the visitors' port.
 *
 * @module
 */

import { parseAuthority } from "@tun/protocol/http1";
import { Hono } from "hono";
import type { SessionControl } from "../control/session_control.ts";

/** What the admin side shows. */
export interface AdminView {
  /** Whether new work is taken. */
  readonly isReady: () => boolean;
  /** The clients that are in. */
  readonly controls: () => Iterable<SessionControl>;
  /** What it listens on. */
  readonly hostname: string;
}

/** These tell nothing, and who probes uses a name that we cannot know. */
const FOR_ANY_HOST: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/** Makes the app. */
export function adminApp(
  view: AdminView,
): { fetch(request: Request): Response | Promise<Response> } {
  const app = new Hono();
  app.use(async (c, next) => {
    // A page in somebody's browser must not reach what listens on their loopback.
    if (c.req.header("origin") !== undefined) return c.json({ error: "origin_refused" }, 403);
    // Nor may it point its own name at us: such a request has no Origin, but that Host.
    if (!FOR_ANY_HOST.has(c.req.path) && !isOwnHost(c.req.header("host"), view.hostname)) {
      return c.json({ error: "host_refused" }, 403);
    }
    return await next();
  });
  app.get("/healthz", (c) => c.text("ok\n"));
  app.get("/readyz", (c) => view.isReady() ? c.text("ok\n") : c.text("stopping\n", 503));
  app.get("/tunnels", (c) => c.json(Array.from(view.controls(), describe).flat()));
  app.get("/tunnels/:name", (c) => {
    const found = Array.from(view.controls(), describe).flat()
      .find(({ name }) => name === c.req.param("name"));
    return found === undefined ? c.json({ error: "unknown_tunnel" }, 404) : c.json(found);
  });
  app.notFound((c) => c.json({ error: "not_found" }, 404));
  return { fetch: (request) => app.fetch(request) };
}

/** Nobody else can make an address, `localhost`, or the name we listen on, lead to them. */
function isOwnHost(header: string | undefined, hostname: string): boolean {
  const authority = header === undefined ? null : parseAuthority(header);
  if (authority === null) return false;
  const { kind, host } = authority;
  return kind !== "name" || host === "localhost" || host === hostname.toLowerCase();
}

function describe(control: SessionControl) {
  const { session, label, agent, peer } = control;
  const { stats } = session;
  return Array.from(control.tunnels, ({ kind, route, url }) => ({
    name: route.name,
    kind,
    url,
    owner: label,
    client: agent,
    address: peer,
    since: new Date(route.since).toISOString(),
    state: session.state,
    transport: session.transport?.kind ?? null,
    requests: route.requests,
    streams: route.openStreams,
    sentBytes: stats.sentBytes,
    receivedBytes: stats.receivedBytes,
    roundTripMs: Number.isFinite(stats.roundTripMs) ? stats.roundTripMs : null,
    resumes: stats.resumes,
  }));
}
