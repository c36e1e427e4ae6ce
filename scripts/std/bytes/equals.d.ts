// Declarations of jsr:@std/bytes@1.0.6. Copyright the Deno authors, MIT licence.
export declare function equals(a: Uint8Array, b: Uint8Array): boolean;
