// Declarations of jsr:@std/encoding@1.0.11. Copyright the Deno authors, MIT licence.
export type Uint8Array_ = ReturnType<Uint8Array["slice"]>;
export declare function encodeHex(src: string | Uint8Array | ArrayBuffer): string;
export declare function decodeHex(src: string): Uint8Array_;
