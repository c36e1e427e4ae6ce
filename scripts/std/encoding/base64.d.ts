// Declarations of jsr:@std/encoding@1.0.11. Copyright the Deno authors, MIT licence.
export type Uint8Array_ = ReturnType<Uint8Array["slice"]>;
export declare function encodeBase64(data: ArrayBuffer | Uint8Array | string): string;
export declare function decodeBase64(b64: string): Uint8Array_;
