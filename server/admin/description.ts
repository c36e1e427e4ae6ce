/**
 * The description of the admin side for programs: OpenAPI 3.1, made of the operations themselves.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import { ADMIN_ERRORS, type AdminErrorCode } from "./admin_error.ts";
import type { Operation, Success } from "./operation.ts";
import { record, type Schema } from "./schema.ts";
import { type SchemaName, SCHEMAS } from "./schemas.ts";

/** What every answer carries. */
const JSON_TYPE = "application/json";

/** Describes operations. */
export function openApi(operations: readonly Operation[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method] = describe(operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "tun-server, the admin side",
      version: VERSION,
      description: "For the operators of a server. Not to be reached from the visitors' side.",
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        operator: {
          type: "http",
          scheme: "bearer",
          description: "The operators' token: TUN_ADMIN_TOKEN, or `admin-token` in the state " +
            "directory. On loopback it is not needed to read.",
        },
      },
    },
  };
}

function describe(operation: Operation): object {
  const { id, summary, parameters = [], body, answers } = operation;
  return {
    operationId: id,
    summary,
    security: securityOf(operation),
    ...(parameters.length === 0 ? {} : {
      parameters: parameters.map((one) => ({ ...one, required: one.in === "path" })),
    }),
    ...(body === undefined ? {} : {
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: refer(body) } } },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, one]) => [status, success(one)])),
      ...refusals(operation),
    },
  };
}

/** On loopback one may read without a token: the empty requirement says so. */
function securityOf({ isForAnybody, method }: Operation): readonly object[] {
  if (isForAnybody) return [];
  return method === "get" ? [{}, { operator: [] }] : [{ operator: [] }];
}

function success({ description, json, media, headers }: Success): object {
  const schema = json === undefined ? undefined : schemaOf(json);
  const type = media ?? JSON_TYPE;
  return {
    description,
    ...(headers === undefined ? {} : {
      headers: Object.fromEntries(
        Object.entries(headers).map((
          [name, says],
        ) => [name, { description: says, schema: { type: "string" } }]),
      ),
    }),
    ...(schema === undefined && media === undefined ? {} : {
      content: { [type]: { schema: schema ?? { type: "string" } } },
    }),
  };
}

function schemaOf(json: NonNullable<Success["json"]>): Schema {
  return typeof json === "string" ? refer(json) : { type: "array", items: refer(json[0]) };
}

function refer(name: SchemaName): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** Whatever can be refused, by status, with the codes that the status can mean. */
function refusals({ isForAnybody, errors }: Operation): Record<string, object> {
  const guarded: AdminErrorCode[] = isForAnybody
    ? ["origin_refused"]
    : ["origin_refused", "host_refused", "token_refused"];
  const codes = [...guarded, "invalid_parameter" as const, ...errors, "internal" as const];
  const byStatus = Map.groupBy(codes, (code) => ADMIN_ERRORS[code][0]);
  return Object.fromEntries(
    Array.from(byStatus, ([status, group]) => [status, {
      description: group.map((code) => ADMIN_ERRORS[code][1]).join(". ") + ".",
      content: { [JSON_TYPE]: { schema: errorSchema(group) } },
    }]),
  );
}

function errorSchema(codes: readonly AdminErrorCode[]): Schema {
  return record("What was refused.", {
    error: { description: "Stable.", type: "string", enum: codes },
    message: { description: "For people.", type: "string" },
  });
}
