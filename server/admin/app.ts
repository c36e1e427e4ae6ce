/**
 * The admin side: health, metrics, tunnels and leases. On a listener of its own; no path
 * leads here from the visitors' port.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import type { SessionControl } from "../control/session_control.ts";
import { METRICS_TYPE } from "../metrics/text_format.ts";
import type { Listing } from "../registry/registry.ts";
import type { AdminTokenCheck } from "./admin_token.ts";
import { adminGuard } from "./guard.ts";
import { describeLease, describeTunnel, tunnelsOf } from "./tunnel_view.ts";

/** What the admin side shows and does. */
export interface AdminView {
  /** Whether new work is taken. */
  readonly isReady: () => boolean;
  /** The clients that are in. */
  readonly controls: () => Iterable<SessionControl>;
  /** Names and ports with a record. */
  readonly leases: () => Iterable<Listing<unknown>>;
  /** The metrics as Prometheus reads them. */
  readonly metrics: () => string;
  /** What it listens on. */
  readonly hostname: string;
  /** Who is an operator. */
  readonly token: AdminTokenCheck;
}

/** A page of a list has at most so many rows: to write them takes a few milliseconds. */
const MOST_ROWS = 1000;

/** Makes the app. */
export function adminApp(
  view: AdminView,
): { fetch(request: Request): Response | Promise<Response> } {
  const app = new Hono();
  app.use(adminGuard(view));
  app.get("/healthz", (c) => c.text("ok\n"));
  app.get("/readyz", (c) => view.isReady() ? c.text("ok\n") : c.text("stopping\n", 503));
  app.get("/metrics", (c) => c.body(view.metrics(), 200, { "Content-Type": METRICS_TYPE }));
  app.get("/tunnels", (c) => {
    const all = tunnelsOf(view.controls());
    return page(
      c,
      all.map((one) => [`${one.claimed.route.name}/${one.claimed.kind}`, one] as const),
      describeTunnel,
    );
  });
  app.get("/tunnels/:name", (c) => {
    const found = tunnelsOf(view.controls()).find(isNamed(c.req.param("name")));
    if (found === undefined) return c.json({ error: "unknown_tunnel" }, 404);
    return c.json(describeTunnel(found));
  });
  app.delete("/tunnels/:name", async (c) => {
    const found = tunnelsOf(view.controls()).find(isNamed(c.req.param("name")));
    if (found === undefined) return c.json({ error: "unknown_tunnel" }, 404);
    const { route, lease } = found.claimed;
    // The client is told; what is under way has the drain time, and the name is free.
    route.onWithdrawn("removed");
    await lease.release();
    return c.body(null, 204);
  });
  app.get("/leases", (c) => {
    const all = Array.from(view.leases()).filter(({ lookup }) => lookup.state !== "unknown");
    return page(
      c,
      all.map((one) => [`${one.record.name}/${one.record.kind}`, one] as const),
      describeLease,
    );
  });
  app.notFound((c) => c.json({ error: "not_found" }, 404));
  return { fetch: (request) => app.fetch(request) };
}

function isNamed(name: string) {
  return ({ claimed }: { readonly claimed: { readonly route: { readonly name: string } } }) =>
    claimed.route.name === name;
}

/** A part of a list, in the order of its keys, with a link to the next. */
function page<Row>(
  c: Context,
  rows: (readonly [key: string, row: Row])[],
  describe: (row: Row) => object,
): Response {
  const after = c.req.query("after") ?? "";
  const asked = Number(c.req.query("limit") ?? MOST_ROWS);
  const limit = Number.isInteger(asked) && asked >= 1 ? Math.min(asked, MOST_ROWS) : MOST_ROWS;
  const rest = rows.filter(([key]) => key > after).sort(([a], [b]) => a < b ? -1 : 1);
  const shown = rest.slice(0, limit);
  if (rest.length > limit) {
    const next = new URLSearchParams({ after: shown.at(-1)![0], limit: String(limit) });
    c.header("Link", `<${c.req.path}?${next}>; rel="next"`);
  }
  return c.json(shown.map(([, row]) => describe(row)));
}
