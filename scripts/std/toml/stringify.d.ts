// Declarations of jsr:@std/toml@1.0.11. Copyright the Deno authors, MIT licence.
export interface StringifyOptions {
  keyAlignment?: boolean;
}
export declare function stringify(
  obj: Record<string, unknown>,
  options?: StringifyOptions,
): string;
