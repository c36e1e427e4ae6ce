import { allocateBytes } from "./small_bytes.ts";

const HEAD_BYTES = 300;

/** Some arrays live on for a while, as those of requests do. */
const alive: Uint8Array[] = new Array(64);
let next = 0;

function keep(bytes: Uint8Array): void {
  alive[next++ & 63] = bytes;
}

Deno.bench("300 bytes with memory of their own", { group: "allocate", baseline: true }, () => {
  keep(new Uint8Array(HEAD_BYTES));
});

Deno.bench("300 bytes cut from a sheet", { group: "allocate" }, () => {
  keep(allocateBytes(HEAD_BYTES));
});
