/**
 * Reading the configuration once more, as SIGHUP asks for, and saying what became of it.
 *
 * @module
 */

import type { ServerConfig } from "../config.ts";
import type { Log } from "../log/log.ts";
import type { ConfigChange } from "./settings.ts";

/** A configuration, or the one line that says what is wrong with it. */
export type ReadConfig = () =>
  | { readonly ok: true; readonly config: ServerConfig }
  | { readonly ok: false; readonly reason: string };

/** What became of a reload. */
export type ReloadReport =
  | {
    readonly ok: true;
    /** Flags that are in force now. */
    readonly changed: readonly string[];
    /** Flags that differ, and need a restart. */
    readonly needsRestart: readonly string[];
  }
  /** Nothing has changed. */
  | { readonly ok: false; readonly reason: string };

/** What a reload works with. */
export interface ReloadOptions {
  /** Reads arguments, environment and every file that they name. */
  readonly read: ReadConfig;
  /** Brings a configuration into force, or throws and changes nothing. */
  readonly configure: (config: ServerConfig) => Promise<readonly ConfigChange[]>;
  /** Where it is said. */
  readonly log: Log;
}

/** Reloads, one at a time. */
export class Reload {
  readonly #options: ReloadOptions;
  #last: Promise<unknown> = Promise.resolve();

  /** Nothing is read yet. */
  constructor(options: ReloadOptions) {
    this.#options = options;
  }

  /** Reads what there is once all earlier reloads are done. Never rejects. */
  run(): Promise<ReloadReport> {
    const report = this.#last.then(() => this.#run());
    this.#last = report;
    return report;
  }

  async #run(): Promise<ReloadReport> {
    const { read, configure, log } = this.#options;
    const found = read();
    if (!found.ok) return this.#failed(found.reason);
    let changes: readonly ConfigChange[];
    try {
      changes = await configure(found.config);
    } catch (error) {
      // Whatever it is: the server goes on as it was, and its operator has to know.
      return this.#failed(error instanceof Error ? error.message : String(error));
    }
    for (const { setting, isLive } of changes) {
      log.event(isLive ? "reloaded" : "needs_restart", { setting });
    }
    const flags = (isLive: boolean) =>
      changes.filter((change) => change.isLive === isLive).map(({ setting }) => setting);
    const [changed, needsRestart] = [flags(true), flags(false)];
    log.event("reload_done", { changed: changed.length, needsRestart: needsRestart.length });
    return { ok: true, changed, needsRestart };
  }

  #failed(reason: string): ReloadReport {
    this.#options.log.event("reload_failed", { reason });
    return { ok: false, reason };
  }
}
