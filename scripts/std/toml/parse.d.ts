// Declarations of jsr:@std/toml@1.0.11. Copyright the Deno authors, MIT licence.
export declare function parse(tomlString: string): Record<string, unknown>;
