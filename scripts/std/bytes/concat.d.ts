// Declarations of jsr:@std/bytes@1.0.6. Copyright the Deno authors, MIT licence.
export type Uint8Array_ = ReturnType<Uint8Array["slice"]>;
export declare function concat(buffers: readonly Uint8Array[]): Uint8Array_;
