/**
 * The tunnels that are up: to see them, and to take one away.
 *
 * @module
 */

import type { Context } from "hono";
import type { SessionControl } from "../control/session_control.ts";
import { AdminError } from "./admin_error.ts";
import { page, pageOf, PAGING } from "./list_page.ts";
import { kindOf, NAME, nameOf, OF_KIND, type Operation } from "./operation.ts";
import { describeTunnel, type OwnedTunnel, tunnelsOf } from "./tunnel_view.ts";

/** What these operations work on. */
export interface TunnelsView {
  /** The clients that are in. */
  readonly controls: () => Iterable<SessionControl>;
}

/** Makes the operations. */
export function tunnelOperations({ controls }: TunnelsView): readonly Operation[] {
  const find = (c: Context): OwnedTunnel => {
    const [name, kind] = [nameOf(c), kindOf(c)];
    const found = tunnelsOf(controls())
      .find(({ claimed }) => claimed.route.name === name && claimed.kind === kind);
    if (found === undefined) throw new AdminError("unknown_tunnel");
    return found;
  };
  return [
    {
      id: "listTunnels",
      method: "get",
      path: "/tunnels",
      summary: "The tunnels that are up, in the order of their names",
      parameters: PAGING,
      answers: { 200: pageOf("Tunnel", "A page of them.") },
      errors: [],
      handle: (c) =>
        page(
          c,
          tunnelsOf(controls()),
          ({ claimed }) => `${claimed.route.name}/${claimed.kind}`,
          describeTunnel,
        ),
    },
    {
      id: "getTunnel",
      method: "get",
      path: "/tunnels/{name}",
      summary: "A tunnel that is up",
      parameters: [NAME, OF_KIND],
      answers: { 200: { description: "The tunnel.", json: "Tunnel" } },
      errors: ["unknown_tunnel"],
      handle: (c) => c.json(describeTunnel(find(c))),
    },
    {
      id: "removeTunnel",
      method: "delete",
      path: "/tunnels/{name}",
      summary: "Takes a tunnel away: its client is told, and its name is free unless reserved",
      parameters: [NAME, OF_KIND],
      answers: { 204: { description: "Done; what is under way has the drain timeout." } },
      errors: ["unknown_tunnel"],
      handle: async (c) => {
        const { route, lease } = find(c).claimed;
        route.onWithdrawn("removed");
        await lease.release();
        return c.body(null, 204);
      },
    },
  ];
}
