/**
 * Everything that the admin side refuses, or fails to do: a row for each code, which is stable,
 * with the status that goes with it.
 *
 * @module
 */

/** Codes, and what goes with them. */
export const ADMIN_ERRORS = {
  origin_refused: [403, "Web pages have no business here"],
  host_refused: [403, "The Host of the request is not this server"],
  token_refused: [401, "Show the operators' token as the Bearer of Authorization"],
  not_found: [404, "There is no such path: see /openapi.json"],
  method_not_allowed: [405, "This cannot be done with that path: see Allow"],
  invalid_parameter: [400, "A parameter makes no sense"],
  media_type_refused: [415, "Send Content-Type: application/json"],
  body_too_large: [413, "The body is too large"],
  invalid_body: [400, "The body makes no sense"],
  unknown_tunnel: [404, "No such tunnel is up"],
  unknown_lease: [404, "The name belongs to nobody"],
  name_refused: [422, "No client could ask for this name"],
  name_taken: [409, "The name is somebody else's: release it first"],
  tunnel_online: [409, "Its tunnel is up: take that away first, with DELETE /tunnels/{name}"],
  too_many: [409, "The server keeps no more of these"],
  no_names: [409, "A server with --single has no names"],
  no_auth: [409, "A server with --no-auth knows nobody by sub or jti"],
  unknown_revocation: [404, "Nobody is denied by that"],
  from_file: [409, "The file of --revoked says so: change that, and reload"],
  not_stored: [503, "It could not be stored"],
  not_reloadable: [409, "This server was not started from settings that can be read again"],
  reload_failed: [422, "The settings cannot be used, and nothing has changed"],
  internal: [500, "A mistake of the server: its log says more"],
} as const;

/** A code. */
export type AdminErrorCode = keyof typeof ADMIN_ERRORS;

/** What is refused, thrown by an operation. */
export class AdminError extends Error {
  /** Tells the class apart. */
  override readonly name = "AdminError";
  /** What it is. */
  readonly code: AdminErrorCode;

  /** `message` says more than the code does by itself. */
  constructor(
    code: AdminErrorCode,
    message: string = ADMIN_ERRORS[code][1],
    options: ErrorOptions = {},
  ) {
    super(message, options);
    this.code = code;
  }
}

/** The answer to a request that is refused. */
export function errorAnswer({ code, message }: AdminError): Response {
  return Response.json({ error: code, message }, { status: ADMIN_ERRORS[code][0] });
}
