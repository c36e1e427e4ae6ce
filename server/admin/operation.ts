/**
 * What can be done on the admin side. An operation is its description and its code in one: routes
 * and `/openapi.json` are made of the same table.
 *
 * @module
 */

import type { Context } from "hono";
import type { AdminErrorCode } from "./admin_error.ts";
import type { Schema } from "./schema.ts";
import { KIND, type SchemaName } from "./schemas.ts";

/** The methods in use. */
export type Method = "get" | "put" | "post" | "delete";

/** Something that stands in the path or the query. */
export interface Parameter {
  /** What it is called. */
  readonly name: string;
  /** Where it stands. */
  readonly in: "path" | "query";
  /** For people. */
  readonly description: string;
  /** What it may be. */
  readonly schema: Schema;
}

/** What an operation answers if all is well. */
export interface Success {
  /** For people. */
  readonly description: string;
  /** One of these, or a list of them. */
  readonly json?: SchemaName | readonly [SchemaName];
  /** The media type, if it is not JSON. */
  readonly media?: string;
  /** Headers, with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Something that can be done. */
export interface Operation {
  /** For programs that are made from the description. */
  readonly id: string;
  /** The method. */
  readonly method: Method;
  /** The path, with parameters in braces. */
  readonly path: string;
  /** For people, in one line. */
  readonly summary: string;
  /** Tells nothing that matters, and who probes uses a name that we cannot know. */
  readonly isForAnybody?: true;
  /** What stands in path and query; nothing else may. */
  readonly parameters?: readonly Parameter[];
  /** What is sent as JSON. */
  readonly body?: SchemaName;
  /** By status. */
  readonly answers: Readonly<Record<number, Success>>;
  /** What can go wrong, besides what the guard says. */
  readonly errors: readonly AdminErrorCode[];
  /** Does it; throws an `AdminError` if it cannot. */
  readonly handle: (c: Context) => Response | Promise<Response>;
}

/** A name in the path. */
export const NAME: Parameter = {
  name: "name",
  in: "path",
  description: "The name, or the port in decimal digits.",
  schema: { type: "string", minLength: 1, maxLength: 63 },
};

/** What the name is for. */
export const OF_KIND: Parameter = {
  name: "kind",
  in: "query",
  description: "What the name is for: names and ports do not meet.",
  schema: { ...KIND, default: "http" },
};

/** The value of {@linkcode NAME}. */
export function nameOf(c: Context): string {
  return c.req.param("name") ?? "";
}

/** The value of {@linkcode OF_KIND}. */
export function kindOf(c: Context): "http" | "tcp" {
  return c.req.query("kind") === "tcp" ? "tcp" : "http";
}
