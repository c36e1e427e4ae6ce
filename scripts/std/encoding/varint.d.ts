// Declarations of jsr:@std/encoding@1.0.11. Copyright the Deno authors, MIT licence.
export type Uint8Array_ = ReturnType<Uint8Array["slice"]>;
export declare const MaxUint64 = 18446744073709551615n;
export declare const MaxVarintLen64 = 10;
export declare const MaxVarintLen32 = 5;
export declare function decodeVarint(buf: Uint8Array, offset?: number): [bigint, number];
export declare function decodeVarint32(buf: Uint8Array, offset?: number): [number, number];
export declare function encodeVarint(
  num: bigint | number,
  buf?: Uint8Array,
  offset?: number,
): [Uint8Array_, number];
