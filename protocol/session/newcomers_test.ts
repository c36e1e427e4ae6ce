import { assert, assertEquals, assertRejects } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { memoryPair } from "../transport/memory.ts";
import { type Transport, TransportError } from "../transport/transport.ts";
import { Newcomers } from "./newcomers.ts";

async function isOpen(transport: Transport): Promise<boolean> {
  try {
    await transport.write(new Uint8Array(1));
    return true;
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return false;
  }
}

Deno.test("Newcomers closes who has been silent for longest when one more comes", async () => {
  const newcomers = new Newcomers(2);
  const clock = new SimulatedClock();
  const transports = Array.from({ length: 3 }, () => memoryPair({ clock }).a);
  for (const transport of transports) newcomers.listen(transport);
  const open: boolean[] = [];
  for (const transport of transports) open.push(await isOpen(transport));
  assertEquals(open, [false, true, true]);
});

Deno.test("Newcomers leaves alone who has said something", async () => {
  const newcomers = new Newcomers(1);
  const clock = new SimulatedClock();
  const [first, second] = [memoryPair({ clock }).a, memoryPair({ clock }).a];
  newcomers.listen(first);
  newcomers.stopListening(first);
  newcomers.listen(second);
  assert(await isOpen(first));
  assert(await isOpen(second));
});

Deno.test("Newcomers is busy while credentials are checked, and not after one has failed", async () => {
  const newcomers = new Newcomers(1);
  const { promise, reject } = Promise.withResolvers<void>();
  const checked = newcomers.whileChecking(() => promise);
  assert(newcomers.isBusy);
  reject(new RangeError("no"));
  await assertRejects(() => checked, RangeError);
  assert(!newcomers.isBusy);
});
