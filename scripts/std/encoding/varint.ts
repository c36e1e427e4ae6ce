// @ts-types="./varint.d.ts"
export * from "npm:deno-std@1.4.0/encoding/varint.js";
