import { assert, assertEquals } from "@std/assert";
import { memoryPair } from "../../protocol/transport/memory.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { transfer } from "./transfer.ts";

const MIB = 1024 * 1024;

Deno.test("256 MiB each way pass 1,000 cuts at random bytes, and each byte once", async () => {
  const random = new SeededRandom(20_260_101);
  const wantedCuts = 1000;
  let cuts = 0;
  let isFirst = true;
  const report = await transfer({
    bytes: 256 * MIB,
    resend: 1 * MIB,
    random,
    connect: () => {
      const pair = memoryPair({
        chunking: random.chance(0.2) ? () => random.sizeFrom(1, 100_000) : (available) => available,
      });
      if (cuts < wantedCuts) {
        cuts++;
        // The handshake of a resume has some 110 bytes each way: some cuts go there.
        const least = isFirst ? 1000 : 0;
        const offset = least + (random.chance(0.1) ? random.below(150) : random.below(420_000));
        isFirst = false;
        const direction = random.pick(["aToB", "bToA"] as const);
        pair.cutAfter(direction, offset, random.pick(["deliver", "drop"] as const));
      }
      return Promise.resolve({ client: pair.a, server: pair.b });
    },
  });
  assertEquals(cuts, wantedCuts);
  assertEquals(report.resumes + report.brokenResumes, wantedCuts);
  assert(report.brokenResumes > 10, "no cut fell into a resume");
  assert(report.mostHeldBytes > 256 * 1024, "nothing was ever held");
});
