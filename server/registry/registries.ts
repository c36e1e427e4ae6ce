/**
 * All that can be claimed on one server: names, ports and the single slot, over one store.
 *
 * @module
 */

import type { BindPort } from "./bound_ports.ts";
import { NameRegistry } from "./name_registry.ts";
import { PortRegistry } from "./port_registry.ts";
import type { PortRange } from "./port_range.ts";
import type { RegistryDependencies } from "./registry_options.ts";
import { SingleRegistry } from "./single_registry.ts";

/** What they need. */
export interface RegistriesOptions extends RegistryDependencies {
  /** Opens the listening sockets of TCP tunnels. */
  readonly bind: BindPort;
  /** Ports that may be given out. */
  readonly ports: PortRange;
  /** Whether there is one slot, and no names. */
  readonly isSingle: boolean;
}

/** The registries of a server. */
export class Registries<Route> implements AsyncDisposable {
  /** Who has which name. */
  readonly names: NameRegistry<Route>;
  /** Who has which port. */
  readonly ports: PortRegistry<Route>;
  /** Who has the only place, in single mode. */
  readonly single: SingleRegistry<Route> | undefined;

  private constructor(
    names: NameRegistry<Route>,
    ports: PortRegistry<Route>,
    single: SingleRegistry<Route> | undefined,
  ) {
    this.names = names;
    this.ports = ports;
    this.single = single;
  }

  /** Makes all of them, with what the store has. */
  static async open<Route>(options: RegistriesOptions): Promise<Registries<Route>> {
    const { bind, ports: range, isSingle, ...shared } = options;
    await using undo = new AsyncDisposableStack();
    const names = undo.use(await NameRegistry.open<Route>(shared));
    const ports = undo.use(await PortRegistry.open<Route>({ ...shared, bind, range }));
    const single = isSingle ? undo.use(await SingleRegistry.open<Route>(shared)) : undefined;
    undo.move();
    return new Registries(names, ports, single);
  }

  /** Refuses all further claims, waits until everything is stored, and stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.names[Symbol.asyncDispose]();
    await this.ports[Symbol.asyncDispose]();
    await this.single?.[Symbol.asyncDispose]();
  }
}
