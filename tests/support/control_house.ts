/**
 * The server's control side in memory: a door with registries behind it, on a simulated clock.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Control, memoryPair, type Session } from "@tun/protocol";
import { ClientSession } from "../../protocol/session/client.ts";
import { SessionHost } from "../../protocol/session/host.ts";
import { OwnerLimits } from "../../server/admission/owner_limits.ts";
import type { Gatekeeper } from "../../server/control/bearer.ts";
import { OwnerSessions } from "../../server/control/owner_sessions.ts";
import { Clients } from "../../server/control/clients.ts";
import type { LocalRoute } from "../../server/control/local_route.ts";
import { PublicUrls } from "../../server/control/public_urls.ts";
import { MemoryLeaseStore } from "../../server/registry/memory_store.ts";
import { NameRegistry } from "../../server/registry/name_registry.ts";
import { PortRegistry } from "../../server/registry/port_registry.ts";
import { EventLog } from "./event_log.ts";
import { SimulatedClock } from "./simulated_clock.ts";

/** A door with registries, and as many clients as a test lets in. */
export class ControlHouse implements AsyncDisposable {
  readonly clock: SimulatedClock = new SimulatedClock();
  readonly host: SessionHost<unknown>;
  readonly clients: Clients;
  readonly names: NameRegistry<LocalRoute>;
  readonly #faults: string[];
  readonly #registries: AsyncDisposableStack;

  private constructor({ clock, clients, names, faults, registries }: {
    clock: SimulatedClock;
    clients: Clients;
    names: NameRegistry<LocalRoute>;
    faults: string[];
    registries: AsyncDisposableStack;
  }) {
    this.clock = clock;
    this.#faults = faults;
    this.clients = clients;
    this.names = names;
    this.#registries = registries;
    this.host = new SessionHost({ agent: "server/test", user: clients, clock });
  }

  /** Opens the door; without `check` there are no tokens. */
  static async open(
    check?: Gatekeeper["check"],
    checkAgain: Gatekeeper["checkAgain"] = (identity) => identity,
  ): Promise<ControlHouse> {
    const clock = new SimulatedClock();
    const faults: string[] = [];
    const event = (name: string, fields = {}) => {
      if (name === "fault") faults.push(JSON.stringify(fields));
    };
    const registries = new AsyncDisposableStack();
    const shared = { store: new MemoryLeaseStore(), clock, wallTime: () => clock.now() };
    const names = registries.use(await NameRegistry.open<LocalRoute>(shared));
    const clients = new Clients({
      names,
      ports: registries.use(
        await PortRegistry.open<LocalRoute>({ ...shared, bind: () => Promise.resolve(null) }),
      ),
      single: undefined,
      urls: new PublicUrls({ domain: "a.example", isTls: false, port: 80, single: false }),
      drainTimeoutMs: 1000,
      tokens: check && { check, checkAgain },
      clock,
      wallTime: shared.wallTime,
      log: { event },
      owners: new OwnerLimits(clock),
      isShared: () => false,
      sessions: new OwnerSessions(),
      onSessionEnd: () => {},
    });
    return new ControlHouse({ clock, clients, names, faults, registries });
  }

  /** Lets a client in. */
  async enter(
    leaseKey: string = "cd".repeat(32),
    token: string = "token",
  ): Promise<{ readonly session: Session; readonly controls: EventLog<Control> }> {
    const { a, b } = memoryPair({ clock: this.clock });
    const controls = new EventLog<Control>();
    const accepted = this.host.accept(b);
    const started = ClientSession.start(a, {
      agent: "client/test",
      clock: this.clock,
      token,
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
