/**
 * The admin side: health, and a list of tunnels. On a listener of its own; no path
 * leads here from the visitors' port.
 *
 * @module
 */

import { Hono } from "hono";
import type { SessionControl } from "../control/session_control.ts";

/** What the admin side shows. */
export interface AdminView {
  /** Whether new work is taken. */
  readonly isReady: () => boolean;
  /** The clients that are in. */
  readonly controls: () => Iterable<SessionControl>;
}

/** Makes the app. */
export function adminApp(
  view: AdminView,
): { fetch(request: Request): Response | Promise<Response> } {
  const app = new Hono();
  app.use(async (c, next) => {
    // A page in somebody's browser must not reach what listens on their loopback.
    if (c.req.header("origin") !== undefined) return c.json({ error: "origin_refused" }, 403);
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
