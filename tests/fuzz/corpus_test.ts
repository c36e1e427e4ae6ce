import { readCorpus } from "./corpus.ts";
import { TARGETS } from "./targets.ts";

for (const target of TARGETS) {
  for (const { name, input } of await readCorpus(target.name)) {
    Deno.test(`Fuzzing ${target.name} stands what broke it before: ${name}`, async () => {
      await target.check(input);
    });
  }
}
