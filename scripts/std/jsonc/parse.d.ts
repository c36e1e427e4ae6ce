// Declarations of jsr:@std/jsonc@1.0.2. Copyright the Deno authors, MIT licence.
export type JsonPrimitive = string | number | boolean | null;
export type JsonValue = { [key: string]: JsonValue | undefined } | JsonValue[] | JsonPrimitive;
export declare function parse(text: string): JsonValue;
