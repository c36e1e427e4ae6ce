/**
 * Whose a name is: to see it, to set a name aside for somebody, and to free one.
 *
 * @module
 */

import { isId } from "../auth/registered_claims.ts";
import type { Log } from "../log/log.ts";
import { isOwnerId, type OwnerId, subjectOwner } from "../registry/owner.ts";
import type { FreeResult, ReserveResult } from "../registry/reservation.ts";
import { AdminError, type AdminErrorCode } from "./admin_error.ts";
import { invalid, readTexts } from "./json_body.ts";
import type { LeaseDesk } from "./lease_desk.ts";
import { page, pageOf, PAGING } from "./list_page.ts";
import { kindOf, NAME, nameOf, OF_KIND, type Operation } from "./operation.ts";
import { describeLease } from "./tunnel_view.ts";

/** What these operations work on. */
export interface LeasesView {
  /** Names and ports. */
  readonly leases: LeaseDesk;
  /** False with `--single`. */
  readonly hasNames: boolean;
  /** The `iss` of tokens where nothing else is said; nothing with `--no-auth`. */
  readonly issuer: () => string | undefined;
  /** What operators do is told here. */
  readonly log: Log;
}

/** What a registry refuses, in the words of this side. */
const RESERVE_ERRORS = {
  unfit: "name_refused",
  taken: "name_taken",
  full: "too_many",
  unavailable: "not_stored",
} as const satisfies Record<(ReserveResult & { state: "refused" })["code"], AdminErrorCode>;

const FREE_ERRORS = {
  unknown: "unknown_lease",
  online: "tunnel_online",
  unavailable: "not_stored",
} as const satisfies Record<(FreeResult & { state: "refused" })["code"], AdminErrorCode>;

/** Makes the operations. */
export function leaseOperations(view: LeasesView): readonly Operation[] {
  const { leases, hasNames, issuer, log } = view;
  return [
    {
      id: "listLeases",
      method: "get",
      path: "/leases",
      summary: "Names and ports that belong to somebody, online or not, in their order",
      access: "read",
      parameters: PAGING,
      answers: { 200: pageOf("Lease", "A page of them.") },
      errors: [],
      handle: (c) =>
        page(c, leases.list(), ({ record }) => `${record.name}/${record.kind}`, describeLease),
    },
    {
      id: "getLease",
      method: "get",
      path: "/leases/{name}",
      summary: "Whose a name is",
      access: "read",
      parameters: [NAME, OF_KIND],
      answers: { 200: { description: "The lease.", json: "Lease" } },
      errors: ["unknown_lease"],
      handle: (c) => {
        const found = leases.find(kindOf(c), nameOf(c));
        if (found === undefined) throw new AdminError("unknown_lease");
        return c.json(describeLease(found));
      },
    },
    {
      id: "reserveLease",
      method: "put",
      path: "/leases/{name}",
      summary: "Sets a name aside for an owner: nobody else can claim it, until it is released",
      access: "write",
      parameters: [NAME, OF_KIND],
      body: "Reservation",
      answers: {
        201: { description: "It is set aside.", json: "Lease" },
        200: { description: "It was so before.", json: "Lease" },
      },
      errors: [
        "invalid_body",
        "media_type_refused",
        "body_too_large",
        "no_names",
        "no_auth",
        ...Object.values(RESERVE_ERRORS),
      ],
      handle: async (c) => {
        const [name, kind] = [nameOf(c), kindOf(c)];
        const owner = await ownerOf(c.req.raw, issuer());
        if (kind === "http" && !hasNames) throw new AdminError("no_names");
        const result = await leases.reserve(kind, name, owner);
        if (result.state === "refused") {
          throw new AdminError(RESERVE_ERRORS[result.code], ...messageOf(result));
        }
        if (result.isNew) log.event("lease_reserved", { kind, name, owner });
        const { record } = result;
        const lookup = leases.find(kind, name)?.lookup ?? OFFLINE;
        return c.json(describeLease({ record, lookup }), result.isNew ? 201 : 200);
      },
    },
    {
      id: "releaseLease",
      method: "delete",
      path: "/leases/{name}",
      summary: "Frees a name whose tunnel is not up, whether it was reserved or not",
      access: "write",
      parameters: [NAME, OF_KIND],
      answers: { 204: { description: "Anybody may have it." } },
      errors: [...Object.values(FREE_ERRORS)],
      handle: async (c) => {
        const [name, kind] = [nameOf(c), kindOf(c)];
        const result = await leases.free(kind, name);
        if (result.state === "refused") throw new AdminError(FREE_ERRORS[result.code]);
        log.event("lease_released", { kind, name, owner: result.record.owner });
        return c.body(null, 204);
      },
    },
  ];
}

/** Somebody else has freed it already; this answer is about the moment before. */
const OFFLINE = { state: "offline", since: 0, until: Infinity } as const;

function messageOf(result: ReserveResult & { state: "refused" }): [message?: string] {
  return result.code === "unfit" ? [result.message] : [];
}

async function ownerOf(request: Request, issuer: string | undefined): Promise<OwnerId> {
  const body = await readTexts(request, ["sub", "issuer", "owner"]);
  if (body.owner !== undefined) {
    if (body.sub !== undefined || body.issuer !== undefined) {
      throw invalid("owner says it all, without sub and issuer");
    }
    if (!isOwnerId(body.owner)) throw invalid("owner is not as /leases shows it");
    return body.owner;
  }
  if (body.sub === undefined) throw invalid("expected sub, or owner as /leases shows it");
  if (issuer === undefined) throw new AdminError("no_auth");
  const parts = [body.issuer ?? issuer, body.sub];
  if (!parts.every(isId)) throw invalid("sub and issuer have 1 to 512 visible characters");
  return await subjectOwner(parts[0]!, parts[1]!);
}
