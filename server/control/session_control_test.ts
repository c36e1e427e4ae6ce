import { assertEquals } from "@std/assert";
import { type Control, HandshakeRefused, memoryPair } from "@tun/protocol";
import { ClientSession } from "../../protocol/session/client.ts";
import { SessionHost } from "../../protocol/session/host.ts";
import { EventLog } from "../../tests/support/event_log.ts";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { OwnerLimits } from "../admission/owner_limits.ts";
import { EVERYTHING } from "../auth/grant.ts";
import type { Identity } from "../auth/identity.ts";
import { MemoryLeaseStore } from "../registry/memory_store.ts";
import { NameRegistry } from "../registry/name_registry.ts";
import type { OwnerId } from "../registry/owner.ts";
import { PortRegistry } from "../registry/port_registry.ts";
import { Front } from "./front.ts";
import type { LocalRoute } from "./local_route.ts";
import { PublicUrls } from "./public_urls.ts";

/** Somebody whose right ends at `expiresAt`. */
function somebody(expiresAt = Infinity): Identity {
  return {
    owner: "ab".repeat(32) as OwnerId,
    label: "somebody",
    grant: EVERYTHING,
    expiresAt,
    proof: undefined,
  };
}

/** A door with registries, and as many clients as a test lets in. */
class House implements AsyncDisposable {
  readonly clock: SimulatedClock = new SimulatedClock();
  readonly host: SessionHost<unknown>;
  readonly front: Front;
  readonly #faults: string[];
  readonly #registries: AsyncDisposableStack;

  private constructor(
    clock: SimulatedClock,
    front: Front,
    faults: string[],
    registries: AsyncDisposableStack,
  ) {
    this.clock = clock;
    this.#faults = faults;
    this.front = front;
    this.#registries = registries;
    this.host = new SessionHost({ agent: "server/test", user: front, clock });
  }

  static async open(checkToken?: (token: string) => Promise<Identity>): Promise<House> {
    const clock = new SimulatedClock();
    const faults: string[] = [];
    const event = (name: string, fields = {}) => {
      if (name === "fault") faults.push(JSON.stringify(fields));
    };
    const registries = new AsyncDisposableStack();
    const shared = { store: new MemoryLeaseStore(), clock, wallTime: () => clock.now() };
    const front = new Front({
      names: registries.use(await NameRegistry.open<LocalRoute>(shared)),
      ports: registries.use(
        await PortRegistry.open<LocalRoute>({ ...shared, bind: () => Promise.resolve(null) }),
      ),
      single: undefined,
      urls: new PublicUrls({ domain: "a.example", isTls: false, port: 80, single: false }),
      drainTimeoutMs: 1000,
      tokens: checkToken && { check: checkToken, checkAgain: (identity) => identity },
      clock,
      wallTime: shared.wallTime,
      log: { event },
      owners: new OwnerLimits(clock),
      onSessionEnd: () => {},
    });
    return new House(clock, front, faults, registries);
  }

  /** Lets a client in. */
  async enter(leaseKey = "cd".repeat(32)) {
    const { a, b } = memoryPair({ clock: this.clock });
    const controls = new EventLog<Control>();
    const accepted = this.host.accept(b);
    const started = ClientSession.start(a, {
      agent: "client/test",
      clock: this.clock,
      token: "token",
      leaseKey,
      user: {
        onStream: (stream) => stream.reset("refused"),
        onControl: (control) => controls.add(control),
        onPaused: () => {},
        onResumed: () => {},
      },
    });
    const { session } = await this.clock.runUntil(started);
    await this.clock.runUntil(accepted);
    return { session, controls };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.host.sessions) session.close();
    await this.clock.advance(2000);
    await this.#registries.disposeAsync();
    assertEquals(this.#faults, []);
  }
}

Deno.test("SessionControl survives a fresh token that it has no key to check", async () => {
  await using house = await House.open();
  const { session, controls } = await house.enter();
  session.sendControl({ type: "auth", token: "anything" });
  await house.clock.advance(100);
  assertEquals(controls.all.map(({ type }) => type), ["auth_result"]);
  session.sendControl({ type: "claim", tunnel: 1, kind: "http", mode: "claim", name: "app" });
  await house.clock.advance(100);
  assertEquals(controls.all.at(-1)?.type, "claimed");
});

Deno.test("SessionControl survives a session that ends while its claim is being refused", async () => {
  await using house = await House.open();
  const { session } = await house.enter();
  session.sendControl({ type: "claim", tunnel: 1, kind: "http", mode: "claim", name: "app" });
  await house.clock.advance(100);
  const other = await house.enter("ef".repeat(32));
  other.session.sendControl({
    type: "claim",
    tunnel: 1,
    kind: "http",
    mode: "claim",
    name: "app",
  });
  // The first claim is asked for in the moment in which it comes in, and the end is there before
  // the answer.
  const [, control] = [...house.front.controls];
  control!.onControl({ type: "claim", tunnel: 2, kind: "http", mode: "claim", name: "app" });
  await Promise.resolve();
  control!.session.close();
  await house.clock.advance(100);
  assertEquals(other.session.end?.code, "normal");
});

Deno.test("SessionControl leaves no clock behind when a session ends while its token is checked", async () => {
  const { promise: checked, resolve } = Promise.withResolvers<Identity>();
  let isIn = false;
  await using house = await House.open(() => {
    if (isIn) return checked;
    isIn = true;
    return Promise.resolve(somebody());
  });
  const { session } = await house.enter();
  session.sendControl({ type: "auth", token: "fresh" });
  await house.clock.advance(100);
  for (const { session } of house.front.controls) session.close();
  await house.clock.advance(2000);
  const before = house.clock.pendingTimers;
  resolve(somebody(house.clock.now() + 61_000));
  await house.clock.advance(0);
  assertEquals(house.clock.pendingTimers, before);
  await house.clock.advance(120_000);
});

Deno.test("SessionControl refuses a token of somebody else and goes on", async () => {
  let isIn = false;
  await using house = await House.open(() => {
    if (isIn) return Promise.reject(new HandshakeRefused("token_refused", "No"));
    isIn = true;
    return Promise.resolve(somebody());
  });
  const { session, controls } = await house.enter();
  session.sendControl({ type: "auth", token: "other" });
  await house.clock.advance(100);
  const code = "token_refused";
  assertEquals(controls.all, [{ type: "auth_result", ok: false, code, message: "No" }]);
});
