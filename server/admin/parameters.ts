/**
 * Parameters are what the description says, or the request is refused: a `?knid=tcp` that is
 * passed over could free the wrong name.
 *
 * @module
 */

import type { Context } from "hono";
import { AdminError } from "./admin_error.ts";
import type { Operation, Parameter } from "./operation.ts";
import type { Schema } from "./schema.ts";

/**
 * Looks at what stands in the path and the query.
 *
 * @throws {AdminError} For the first thing that is wrong.
 */
export function checkParameters(c: Context, { parameters = [] }: Operation): void {
  for (const [name, values] of Object.entries(c.req.queries())) {
    const parameter = parameters.find((one) => one.in === "query" && one.name === name);
    if (parameter === undefined) throw invalid(`there is no '${shown(name)}' here`);
    if (values.length > 1) throw invalid(`'${name}' is there twice`);
    check(parameter, values[0]!);
  }
  for (const parameter of parameters) {
    if (parameter.in === "path") check(parameter, c.req.param(parameter.name) ?? "");
  }
}

function check({ name, schema }: Parameter, text: string): void {
  if (!fits(text, schema)) throw invalid(`'${name}' is not ${expected(schema)}`);
}

function fits(text: string, schema: Schema): boolean {
  const { enum: values, minimum = 0, maximum = Infinity, minLength = 0, maxLength } = schema;
  if (schema.type === "integer") {
    return /^\d{1,15}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum;
  }
  if (values !== undefined) return values.includes(text);
  const characters = Array.from(text).length;
  return characters >= minLength && characters <= (maxLength ?? Infinity);
}

function expected(schema: Schema): string {
  const { enum: values, minimum, maximum, minLength, maxLength } = schema;
  if (schema.type === "integer") return `a number from ${minimum} to ${maximum}`;
  return values?.join(" or ") ?? `text of ${minLength} to ${maxLength} characters`;
}

function shown(name: string): string {
  return name.slice(0, 30);
}

function invalid(what: string): AdminError {
  return new AdminError("invalid_parameter", `A parameter makes no sense: ${what}`);
}
