import { FileLeaseStore } from "../../server/registry/file_store.ts";
import { MemoryLeaseStore } from "../../server/registry/memory_store.ts";
import { testLeaseStore } from "./registry.ts";

testLeaseStore("MemoryLeaseStore", () => {
  // Memory ends with the process; within it, one store is the place.
  const store = Object.assign(new MemoryLeaseStore(), {
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  return Promise.resolve({
    open: () => Promise.resolve(store),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

for (const slack of [0, 1000]) {
  testLeaseStore(`FileLeaseStore with a slack of ${slack}`, async () => {
    const directory = await Deno.makeTempDir();
    return {
      open: () => FileLeaseStore.open(`${directory}/leases.jsonl`, { slack }),
      [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
    };
  });
}
