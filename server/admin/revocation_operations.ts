/**
 * Who is denied: to see it, to deny somebody at once, and to take that back.
 *
 * @module
 */

import { parseRevocation, RevocationError, type Revocations } from "../auth/revocations.ts";
import type { Log } from "../log/log.ts";
import { AdminError } from "./admin_error.ts";
import { invalid, readTexts } from "./json_body.ts";
import { page, pageOf, PAGING } from "./list_page.ts";
import type { Operation, Parameter } from "./operation.ts";

/** What these operations work on. */
export interface RevocationsView {
  /** Who is denied. */
  readonly revocations: Pick<Revocations, "add" | "remove" | "list" | "sourceOf">;
  /** False with `--no-auth`: nobody has a `sub` there. */
  readonly hasTokens: boolean;
  /** What operators do is told here. */
  readonly log: Log;
}

const ID: Parameter = {
  name: "id",
  in: "path",
  description: "`jti:…` or `sub:…`, percent-encoded.",
  schema: { type: "string", minLength: 5, maxLength: 516 },
};

/** Makes the operations. */
export function revocationOperations(view: RevocationsView): readonly Operation[] {
  const { revocations, hasTokens, log } = view;
  return [
    {
      id: "listRevocations",
      method: "get",
      path: "/revocations",
      summary: "Who is denied, in the order of jti and sub",
      parameters: PAGING,
      answers: { 200: pageOf("Revocation", "A page of them.") },
      errors: [],
      handle: (c) =>
        page(c, revocations.list(), ({ id, source }) => `${id}/${source}`, (one) => one),
    },
    {
      id: "revoke",
      method: "post",
      path: "/revocations",
      summary: "Denies a token, or all of somebody's: their sessions end at once",
      body: "NewRevocation",
      answers: {
        201: { description: "They are denied from now on.", json: "Revocation" },
        200: { description: "They were before.", json: "Revocation" },
      },
      errors: [
        "invalid_body",
        "media_type_refused",
        "body_too_large",
        "no_auth",
        "too_many",
        "not_stored",
      ],
      handle: async (c) => {
        const { id = "" } = await readTexts(c.req.raw, ["id"]);
        if (!isRevocation(id)) throw invalid("expected jti:ID or sub:WHO as id");
        if (!hasTokens) throw new AdminError("no_auth");
        if (revocations.sourceOf(id) === "api") return c.json({ id, source: "api" }, 200);
        const added = await stored(() => revocations.add(id), IN_FORCE);
        log.event("revoked", { id });
        return c.json(added, 201);
      },
    },
    {
      id: "liftRevocation",
      method: "delete",
      path: "/revocations/{id}",
      summary: "Denies somebody no longer",
      parameters: [ID],
      answers: { 204: { description: "Their tokens do again." } },
      errors: ["unknown_revocation", "from_file", "not_stored"],
      handle: async (c) => {
        const id = c.req.param("id") ?? "";
        const source = revocations.sourceOf(id);
        if (source === undefined) throw new AdminError("unknown_revocation");
        if (source === "api") {
          await stored(() => revocations.remove(id), LIFTED);
          log.event("revocation_lifted", { id });
        }
        // The file may say so as well.
        if (revocations.sourceOf(id) === "file") throw new AdminError("from_file");
        return c.body(null, 204);
      },
    },
  ];
}

const IN_FORCE = "They are denied, but it could not be stored: a restart lets them in again";
const LIFTED = "They are no longer denied, but it could not be stored: a restart denies them again";

async function stored<T>(change: () => Promise<T>, otherwise: string): Promise<T> {
  try {
    return await change();
  } catch (cause) {
    if (cause instanceof RevocationError) throw new AdminError("too_many", cause.message);
    throw new AdminError("not_stored", otherwise, { cause });
  }
}

function isRevocation(id: string): boolean {
  try {
    return parseRevocation(id) === id;
  } catch (error) {
    if (error instanceof RevocationError) return false;
    throw error;
  }
}
