/**
 * Checks values against a JSON Schema (2020-12), as far as our descriptions use it. A keyword that
 * it does not know is an error, and so is one that does not fit: nothing passes because nobody
 * looked.
 *
 * @module
 */

/** A schema, as it was read. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Check = (value: unknown, argument: unknown, at: string, whole: Whole) => string[];

interface Whole {
  readonly schema: JsonSchema;
  readonly document: unknown;
}

/** Keywords that say nothing about whether a value fits. */
const ANNOTATIONS: ReadonlySet<string> = new Set(["description", "default"]);

/** What is wrong with `value`, a line for each fault; `document` is what `$ref` points into. */
export function schemaFaults(
  value: unknown,
  schema: unknown,
  document: unknown,
  at = "$",
): string[] {
  if (!isObject(schema)) throw new TypeError(`Not a schema: ${JSON.stringify(schema)}`);
  return Object.entries(schema).flatMap(([keyword, argument]) => {
    if (ANNOTATIONS.has(keyword)) return [];
    const check = CHECKS[keyword];
    if (check === undefined) throw new TypeError(`Unknown keyword '${keyword}' at ${at}`);
    return check(value, argument, at, { schema, document });
  });
}

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (value, pointer, at, { document }) =>
    schemaFaults(value, lookUp(document, String(pointer)), document, at),
  type: (value, types, at) => {
    const allowed = (Array.isArray(types) ? types : [types]).map(String);
    for (const type of allowed) if (!(type in TYPES)) throw new TypeError(`No type: ${type}`);
    if (allowed.some((type) => TYPES[type]!(value))) return [];
    return [`${at}: ${shown(value)} is not ${allowed.join(" or ")}`];
  },
  enum: (value, values, at) =>
    fault((values as unknown[]).includes(value), at, `${shown(value)} is not listed`),
  pattern: (value, pattern, at) =>
    fault(
      typeof value !== "string" || new RegExp(String(pattern), "u").test(value),
      at,
      `${shown(value)} does not look like ${pattern}`,
    ),
  minLength: (value, least, at) =>
    fault(typeof value !== "string" || [...value].length >= Number(least), at, "too short"),
  maxLength: (value, most, at) =>
    fault(typeof value !== "string" || [...value].length <= Number(most), at, "too long"),
  minimum: (value, least, at) =>
    fault(typeof value !== "number" || value >= Number(least), at, `${value} is too little`),
  maximum: (value, most, at) =>
    fault(typeof value !== "number" || value <= Number(most), at, `${value} is too much`),
  items: (value, items, at, { document }) =>
    Array.isArray(value)
      ? value.flatMap((one, index) => schemaFaults(one, items, document, `${at}[${index}]`))
      : [],
  maxItems: (value, most, at) =>
    fault(!Array.isArray(value) || value.length <= Number(most), at, "too many"),
  required: (value, names, at) =>
    isObject(value)
      ? (names as string[]).flatMap((name) =>
        fault(Object.hasOwn(value, name), at, `${name} is missing`)
      )
      : [],
  properties: (value, properties, at, { document }) =>
    isObject(value)
      ? Object.entries(properties as JsonSchema).flatMap(([name, schema]) =>
        Object.hasOwn(value, name)
          ? schemaFaults(value[name], schema, document, `${at}.${name}`)
          : []
      )
      : [],
  additionalProperties: (value, argument, at, { schema }) => {
    if (argument !== false) throw new TypeError("additionalProperties can only be false");
    const known = Object.keys(schema.properties as JsonSchema ?? {});
    const others = isObject(value) ? Object.keys(value).filter((one) => !known.includes(one)) : [];
    return others.map((name) => `${at}: ${name} is not described`);
  },
  oneOf: (value, schemas, at, { document }) => {
    const fitting = (schemas as unknown[]).filter((schema) =>
      schemaFaults(value, schema, document, at).length === 0
    );
    return fault(fitting.length === 1, at, `fits ${fitting.length} of the schemas, not one`);
  },
};

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number" && Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: isObject,
};

/** What a `$ref` within a document leads to. */
export function lookUp(document: unknown, pointer: string): unknown {
  if (!pointer.startsWith("#/")) throw new TypeError(`Not a place in the document: ${pointer}`);
  return pointer.slice(2).split("/").reduce((value: unknown, key) => {
    if (isObject(value) && Object.hasOwn(value, key)) return value[key];
    throw new TypeError(`Nothing at ${pointer}`);
  }, document);
}

/** Something with keys, and not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 200);
}

function fault(isRight: boolean, at: string, what: string): string[] {
  return isRight ? [] : [`${at}: ${what}`];
}
