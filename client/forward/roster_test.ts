import { assertEquals } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { Roster } from "./roster.ts";

Deno.test("Roster has those who have come and not gone, in whatever order", () => {
  const random = new SeededRandom(1);
  const roster = new Roster<{ place: number; name: number }>();
  const here = new Map<number, { place: number; name: number }>();
  for (let name = 0; name < 2000; name++) {
    const entry = { place: -1, name };
    roster.add(entry);
    here.set(name, entry);
    while (here.size > 0 && random.next() < 0.5) {
      const gone = [...here.values()][Math.floor(random.next() * here.size)]!;
      roster.remove(gone);
      here.delete(gone.name);
    }
    assertEquals(roster.size, here.size);
  }
  assertEquals([...roster].map(({ name }) => name).sort(), [...here.keys()].sort());
});

Deno.test("Roster can be left while it is gone through", () => {
  const roster = new Roster<{ place: number }>();
  for (let i = 0; i < 5; i++) roster.add({ place: -1 });
  let seen = 0;
  for (const entry of roster) {
    roster.remove(entry);
    seen++;
  }
  assertEquals([seen, roster.size], [5, 0]);
});
