/**
 * The sockets of leased ports. A port is bound when it is granted and stays bound until its lease
 * ends: in between no other program can take it.
 *
 * @module
 */

import type { RegistryEvent } from "./registry_options.ts";

/** Begins to listen on a port; `null` if the system refuses. Disposing it ends that. */
export type BindPort = (port: number) => Promise<Disposable | null>;

/** Ports that are bound, by name: their decimal digits. */
export class BoundPorts implements Disposable {
  readonly #bind: BindPort;
  readonly #onEvent: ((event: RegistryEvent) => void) | undefined;
  readonly #bound = new Map<string, Disposable>();

  /** None yet; `onEvent` is told when the system refuses one. */
  constructor(bind: BindPort, onEvent?: (event: RegistryEvent) => void) {
    this.#bind = bind;
    this.#onEvent = onEvent;
  }

  /** Binds a port that is not bound yet; false if the system refuses. Never rejects. */
  async ensure(port: number): Promise<boolean> {
    const name = String(port);
    if (this.#bound.has(name)) return true;
    let cause: unknown = null;
    const binding = await this.#bind(port).catch((error) => {
      cause = error;
      return null;
    });
    if (binding === null) {
      this.#onEvent?.({ type: "bind_failed", name, cause });
      return false;
    }
    this.#bound.set(name, binding);
    return true;
  }

  /** Stops listening on one, if it is bound. */
  release(name: string): void {
    const binding = this.#bound.get(name);
    this.#bound.delete(name);
    binding?.[Symbol.dispose]();
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const name of [...this.#bound.keys()]) this.release(name);
  }
}
