import { assertEquals } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import type { OwnerId } from "../registry/owner.ts";
import type { Allowance, UsageLimits } from "./allowance.ts";
import { OwnerLimits } from "./owner_limits.ts";

const ADA = `sub.${"a".repeat(52)}` as OwnerId;
const BOB = `sub.${"b".repeat(52)}` as OwnerId;
const NONE: UsageLimits = {
  streams: Infinity,
  requestsPerSecond: Infinity,
  bytesPerSecond: Infinity,
};

/** How many of 1,000 requests come in now. */
function entered(...allowances: (Allowance | undefined)[]): number {
  let count = 0;
  for (let i = 0; i < 1_000; i++) {
    const allowance = allowances[i % allowances.length];
    if (allowance!.enter() === 0) count++;
  }
  return count;
}

Deno.test("OwnerLimits give an owner no more for more sessions", () => {
  const owners = new OwnerLimits(new SimulatedClock());
  const limits = { ...NONE, requestsPerSecond: 20 };
  const shares = [1, 2, 3, 4].map(() => owners.share(ADA, limits));
  assertEquals(entered(...shares.map(({ allowance }) => allowance)), 20);
  assertEquals(entered(owners.share(BOB, limits).allowance), 20, "another owner has their own");
  owners[Symbol.dispose]();
});

Deno.test("OwnerLimits know nothing of who has no limits", () => {
  const owners = new OwnerLimits(new SimulatedClock());
  assertEquals(owners.share(ADA, NONE).allowance, undefined);
  assertEquals(owners.size, 0);
});

Deno.test("OwnerLimits go by the most generous token that is in use", () => {
  using owners = new OwnerLimits(new SimulatedClock());
  const small = owners.share(ADA, { ...NONE, streams: 2 });
  const large = owners.share(ADA, { ...NONE, streams: 5 });
  assertEquals(entered(small.allowance), 5);
  for (let i = 0; i < 5; i++) small.allowance!.leave();
  large[Symbol.dispose]();
  assertEquals(entered(small.allowance), 2);
});

Deno.test("Allowance.enter() tells too many at once from too many a second", () => {
  using owners = new OwnerLimits(new SimulatedClock());
  const { allowance } = owners.share(ADA, { ...NONE, streams: 1, requestsPerSecond: 2 });
  assertEquals(allowance!.enter(), 0);
  assertEquals(allowance!.enter(), Infinity);
  allowance!.leave();
  assertEquals(allowance!.enter(), 0);
  allowance!.leave();
  assertEquals(allowance!.enter(), 500, "what was refused has not cost a token");
  assertEquals(allowance!.inUse, 0);
});

Deno.test("OwnerLimits forget an owner a minute after the last session, and not their debts before", async () => {
  const clock = new SimulatedClock();
  using owners = new OwnerLimits(clock);
  const limits = { ...NONE, requestsPerSecond: 1, bytesPerSecond: 1000 };
  const first = owners.share(ADA, limits);
  assertEquals(first.allowance!.enter(), 0);
  first.allowance!.leave();
  assertEquals(first.allowance!.outward(31_000), undefined);
  first[Symbol.dispose]();
  assertEquals(owners.size, 1);
  const second = owners.share(ADA, limits);
  assertEquals(second.allowance!.enter(), 1000);
  await clock.runUntil(second.allowance!.outward(1)!);
  assertEquals(clock.now(), 30_001);
  second[Symbol.dispose]();
  await clock.advance(64_000);
  assertEquals([owners.size, clock.pendingTimers], [0, 0]);
});

Deno.test("OwnerLimits keep an owner whose request is not over", async () => {
  const clock = new SimulatedClock();
  using owners = new OwnerLimits(clock);
  const share = owners.share(ADA, { ...NONE, streams: 1 });
  const { allowance } = share;
  allowance!.enter();
  share[Symbol.dispose]();
  await clock.advance(64_000);
  assertEquals(owners.size, 1);
  allowance!.leave();
  await clock.advance(64_000);
  assertEquals(owners.size, 0);
});

Deno.test("The end of the last session frees the bytes that wait for their turn", async () => {
  const clock = new SimulatedClock();
  using owners = new OwnerLimits(clock);
  const share = owners.share(ADA, { ...NONE, bytesPerSecond: 1 });
  const { allowance } = share;
  allowance!.inward(1_000_000);
  const turn = allowance!.inward(1);
  share[Symbol.dispose]();
  await turn;
  assertEquals(clock.now(), 0);
});

Deno.test("A session's fresh token changes its limits", () => {
  using owners = new OwnerLimits(new SimulatedClock());
  const share = owners.share(ADA, NONE);
  share.change({ ...NONE, streams: 3 });
  assertEquals(entered(share.allowance), 3);
  share.change(NONE);
  assertEquals(share.allowance, undefined);
});
