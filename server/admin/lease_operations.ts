/**
 * Whose a name is: to see it, to set a name aside for somebody, and to free one.
 *
 * @module
 */

import type { Context } from "hono";
import { isId } from "../auth/registered_claims.ts";
import type { Log } from "../log/log.ts";
import { isOwnerId, type OwnerId, subjectOwner } from "../registry/owner.ts";
import type { FreeResult, ReserveResult } from "../registry/reservation.ts";
import { AdminError, type AdminErrorCode } from "./admin_error.ts";
import { invalid, readTexts } from "./json_body.ts";
import type { LeaseDesk } from "./lease_desk.ts";
import { page, pageOf, PAGING } from "./list_page.ts";
import { kindOf, NAME, nameOf, OF_KIND, type Operation, type Parameter } from "./operation.ts";
import { ID, WITHOUT_ISSUER } from "./schemas.ts";
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

const OF_SUB: Parameter = {
  name: "sub",
  in: "query",
  description: "Only those of whoever has this `sub`.",
  schema: ID,
};

const OF_ISSUER: Parameter = {
  name: "issuer",
  in: "query",
  description: `The \`iss\` beside it. ${WITHOUT_ISSUER}`,
  schema: ID,
};

/** Makes the operations. */
export function leaseOperations(view: LeasesView): readonly Operation[] {
  const { leases, hasNames, issuer, log } = view;
  return [
    {
      id: "listLeases",
      method: "get",
      path: "/leases",
      summary: "Names and ports that belong to somebody, online or not, in their order",
      parameters: [...PAGING, OF_SUB, OF_ISSUER],
      answers: { 200: pageOf("Lease", "A page of them.") },
      errors: ["no_auth"],
      handle: async (c) => {
        const owner = await askedOwner(c, issuer());
        const shown = owner === undefined
          ? leases.list()
          : leases.list().filter(({ record }) => record.owner === owner);
        return page(c, shown, ({ record }) => `${record.name}/${record.kind}`, describeLease);
      },
    },
    {
      id: "getLease",
      method: "get",
      path: "/leases/{name}",
      summary: "Whose a name is",
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
        const { owner, ...person } = await sentOwner(c.req.raw, issuer());
        if (kind === "http" && !hasNames) throw new AdminError("no_names");
        const result = await leases.reserve(kind, name, owner);
        if (result.state === "refused") {
          throw new AdminError(RESERVE_ERRORS[result.code], ...messageOf(result));
        }
        if (result.isNew) log.event("lease_reserved", { kind, name, owner, ...person });
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

/** Whose leases are asked for; nobody's in particular without `sub`. */
async function askedOwner(c: Context, issuer: string | undefined): Promise<OwnerId | undefined> {
  const { sub, issuer: other } = c.req.query();
  if (sub !== undefined) return (await personOf({ sub, issuer: other }, issuer)).owner;
  if (other === undefined) return undefined;
  throw new AdminError("invalid_parameter", "A parameter makes no sense: 'issuer' without 'sub'");
}

/** Who was sent as the owner of a name, and as whom. */
async function sentOwner(request: Request, issuer: string | undefined): Promise<Owner> {
  const { sub, owner, ...rest } = await readTexts(request, ["sub", "issuer", "owner"]);
  if (owner === undefined) {
    if (sub === undefined) throw invalid("expected sub, or owner as /leases shows it");
    if (![sub, rest.issuer ?? sub].every(isId)) {
      throw invalid("sub and issuer have 1 to 512 visible characters");
    }
    return await personOf({ sub, issuer: rest.issuer }, issuer);
  }
  if (sub !== undefined || rest.issuer !== undefined) {
    throw invalid("owner says it all, without sub and issuer");
  }
  if (!isOwnerId(owner)) throw invalid("owner is not as /leases shows it");
  return { owner };
}

interface Owner {
  readonly owner: OwnerId;
  readonly sub?: string;
  readonly issuer?: string;
}

async function personOf(
  { sub, issuer }: { readonly sub: string; readonly issuer: string | undefined },
  ownIssuer: string | undefined,
): Promise<Owner> {
  if (ownIssuer === undefined) throw new AdminError("no_auth");
  const whole = { sub, issuer: issuer ?? ownIssuer };
  return { ...whole, owner: await subjectOwner(whole.issuer, whole.sub) };
}
