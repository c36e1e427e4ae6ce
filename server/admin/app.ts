/**
 * The admin side: health, metrics, tunnels, leases, revocations and reloads. On a listener of its
 * own; no path leads here from the visitors' port.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { AdminError, errorAnswer } from "./admin_error.ts";
import { openApi } from "./description.ts";
import { adminGuard, type GuardOptions } from "./guard.ts";
import { leaseOperations, type LeasesView } from "./lease_operations.ts";
import type { Operation } from "./operation.ts";
import { checkParameters } from "./parameters.ts";
import { revocationOperations, type RevocationsView } from "./revocation_operations.ts";
import { serverOperations, type WholeView } from "./server_operations.ts";
import { tunnelOperations, type TunnelsView } from "./tunnel_operations.ts";

/** What the admin side shows and does. */
export interface AdminView
  extends GuardOptions, WholeView, TunnelsView, LeasesView, RevocationsView {
  /** A mistake of ours, which has cost a request. */
  readonly onFault: (error: unknown) => void;
}

/** The admin side. */
export interface AdminApp {
  /** Answers a request. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Everything that is answered at all. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}

/** Makes the app. */
export function adminApp(view: AdminView): AdminApp {
  const operations: Operation[] = [
    ...serverOperations(view),
    ...tunnelOperations(view),
    ...leaseOperations(view),
    ...revocationOperations(view),
  ];
  operations.push(itself(() => description));
  const description = openApi(operations);
  const app = new Hono();
  const forAnybody = operations.filter(({ isForAnybody }) => isForAnybody).map(({ path }) => path);
  app.use(adminGuard(view, new Set(forAnybody)));
  for (const operation of operations) {
    app.on(operation.method, routeOf(operation), (c) => {
      checkParameters(c, operation);
      return operation.handle(c);
    });
  }
  for (const [route, group] of Map.groupBy(operations, routeOf)) {
    const allow = group.map(({ method }) => method.toUpperCase()).join(", ");
    app.all(route, (c) => {
      c.header("Allow", allow);
      throw new AdminError("method_not_allowed");
    });
  }
  app.notFound((c) => refused(c, new AdminError("not_found")));
  app.onError((error, c) => {
    if (!(error instanceof AdminError)) view.onFault(error);
    return refused(c, error instanceof AdminError ? error : new AdminError("internal"));
  });
  return { fetch: (request) => app.fetch(request), routes: app.routes };
}

function itself(description: () => object): Operation {
  return {
    id: "describe",
    method: "get",
    path: "/openapi.json",
    summary: "This description",
    answers: { 200: { description: "OpenAPI 3.1.", json: "Description" } },
    errors: [],
    handle: (c) => c.json(description()),
  };
}

function routeOf({ path }: Operation): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}

/** Headers that were set before go along. */
function refused(c: Context, error: AdminError): Response {
  const answer = errorAnswer(error);
  return c.newResponse(answer.body, answer);
}
