/**
 * JSON Schema (2020-12), as far as the description of the admin side needs it.
 *
 * @module
 */

/** What a value may be. */
export interface Schema {
  /** A schema among the components of the description. */
  readonly $ref?: string;
  /** For people. */
  readonly description?: string;
  /** What kind of value; one of several. */
  readonly type?: SchemaType | readonly SchemaType[];
  /** Nothing but these. */
  readonly enum?: readonly (string | null)[];
  /** What text looks like. */
  readonly pattern?: string;
  /** Characters. */
  readonly minLength?: number;
  /** Characters. */
  readonly maxLength?: number;
  /** For numbers. */
  readonly minimum?: number;
  /** For numbers. */
  readonly maximum?: number;
  /** What is meant if nothing is said. */
  readonly default?: string | number;
  /** Of a list. */
  readonly items?: Schema;
  /** Of a list. */
  readonly maxItems?: number;
  /** Of an object. */
  readonly properties?: Readonly<Record<string, Schema>>;
  /** Of an object. */
  readonly required?: readonly string[];
  /** Of an object: no others. */
  readonly additionalProperties?: false;
  /** Exactly one of these. */
  readonly oneOf?: readonly Schema[];
}

/** The types of JSON. */
export type SchemaType = "string" | "number" | "integer" | "boolean" | "null" | "array" | "object";

/** An object all of whose properties are there, and no others. */
export function record(description: string, properties: Readonly<Record<string, Schema>>): Schema {
  return {
    description,
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}
