/**
 * What the admin side answers and takes, as schemas: the components of its description.
 *
 * @module
 */

import { record, type Schema } from "./schema.ts";

const TEXT: Schema = { type: "string" };
const FLAG: Schema = { type: "boolean" };
const TIME: Schema = {
  type: "string",
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
};
const OWNER_ID = "^(sub|key)\\.[0-9a-hjkmnp-tv-z]{52}$";

function count(description: string): Schema {
  return { description, type: "integer", minimum: 0 };
}

function text(description: string): Schema {
  return { ...TEXT, description };
}

/** `http` or `tcp`. */
export const KIND: Schema = { type: "string", enum: ["http", "tcp"] };

/** The longest issuer or subject that a token can have. */
const MAX_ID_CHARACTERS = 512;

/** An issuer or a subject. */
export const ID: Schema = { type: "string", minLength: 1, maxLength: MAX_ID_CHARACTERS };

/** What has a schema of its own. */
export type SchemaName =
  | "Tunnel"
  | "Lease"
  | "Reservation"
  | "Revocation"
  | "NewRevocation"
  | "Reload"
  | "Description";

/** Whose tokens are meant if nobody says. */
export const WITHOUT_ISSUER =
  "Without: that of --issuer, or `tun`, which `tun-server token` writes.";

/** By their names. */
export const SCHEMAS: Readonly<Record<SchemaName, Schema>> = {
  Tunnel: record("A tunnel that is up.", {
    name: text("Its name, or its port in decimal digits."),
    kind: KIND,
    url: text("Where visitors find it."),
    owner: text("The token's `sub`; the same text for everybody with --no-auth."),
    client: text("The client's program and version."),
    address: text("Where the client is."),
    since: { ...TIME, description: "When it was claimed." },
    state: {
      description: "Of the link to the client; paused: it is lost, and waited for.",
      type: "string",
      enum: ["connected", "paused", "closed"],
    },
    transport: {
      description: "What carries the link; null while it is paused.",
      type: ["string", "null"],
    },
    requests: count("Requests and connections so far."),
    streams: count("Those under way."),
    sentBytes: count("Of bodies and connections, to the client."),
    receivedBytes: count("The same from the client."),
    roundTripMs: {
      description: "The least of late between server and client; null before it was measured.",
      type: ["number", "null"],
      minimum: 0,
    },
    resumes: count("How often the session went on over another connection."),
    resentBytes: count("What the session has sent again, because a connection had lost it."),
  }),
  Lease: record("A name or port that belongs to somebody.", {
    name: text("The name, or the port in decimal digits."),
    kind: KIND,
    owner: {
      description: "A digest of the token's `iss` and `sub`, or of the client's key.",
      type: "string",
      pattern: OWNER_ID,
    },
    generation: count("Raised by every claim."),
    granted: { ...TIME, description: "When it was granted or reserved." },
    state: {
      description: "Whether its tunnel is up.",
      type: "string",
      enum: ["online", "offline"],
    },
    reserved: { ...FLAG, description: "Set aside by an operator: it does not run out." },
  }),
  Reservation: {
    description: "Whose a name is to be.",
    oneOf: [
      {
        type: "object",
        properties: {
          sub: { ...ID, description: "The `sub` of their tokens." },
          issuer: { ...ID, description: `The \`iss\` of their tokens. ${WITHOUT_ISSUER}` },
        },
        required: ["sub"],
        additionalProperties: false,
      },
      record("The owner of another lease.", { owner: { type: "string", pattern: OWNER_ID } }),
    ],
  },
  Revocation: record("Somebody who is denied.", {
    id: text("`jti:` and the id of a token, or `sub:` and whose tokens."),
    source: {
      description: "The file of --revoked, or this API.",
      type: "string",
      enum: ["file", "api"],
    },
  }),
  NewRevocation: record("Whom to deny.", {
    id: {
      description: "`jti:` and the id of a token, or `sub:` and whose tokens.",
      type: "string",
      pattern: "^(jti|sub):.+$",
      maxLength: "jti:".length + MAX_ID_CHARACTERS,
    },
  }),
  Reload: record("What a reload has come to, by names of flags.", {
    changed: { description: "In force now.", type: "array", items: TEXT },
    needsRestart: {
      description: "Different, and waiting for a restart.",
      type: "array",
      items: TEXT,
    },
  }),
  Description: { description: "OpenAPI 3.1.", type: "object" },
};
