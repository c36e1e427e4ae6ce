/**
 * Everything that programs have written, printed, sent or answered, by where it was.
 *
 * @module
 */

import type { PlantedSecrets } from "./planted.ts";

/** A secret where it must not be. */
export interface Leak {
  readonly channel: string;
  readonly secret: string;
  readonly form: string;
  /** What stands before it. */
  readonly after: string;
}

/** What was collected. */
export class Evidence {
  readonly #texts = new Map<string, string>();

  /** Adds what came through a channel. */
  add(channel: string, text: string): void {
    this.#texts.set(channel, `${this.#texts.get(channel) ?? ""}${text}\n`);
  }

  /** Where something came from. */
  get channels(): readonly string[] {
    return Array.from(this.#texts.keys());
  }

  /** What came through a channel. */
  of(channel: string): string {
    return this.#texts.get(channel) ?? "";
  }

  /** The secrets that are in it; `mayHave` names those that belong into a channel. */
  leaks(
    secrets: PlantedSecrets,
    mayHave: Readonly<Record<string, RegExp>> = {},
  ): readonly Leak[] {
    const leaks: Leak[] = [];
    for (const { secret, form, text } of secrets.needles()) {
      for (const [channel, whole] of this.#texts) {
        if (mayHave[channel]?.test(secret)) continue;
        const at = whole.indexOf(text);
        if (at < 0) continue;
        leaks.push({ channel, secret, form, after: whole.slice(Math.max(0, at - 80), at) });
      }
    }
    return leaks;
  }
}

/** Every file below a directory, with its mode. */
export async function* filesIn(
  directory: string,
): AsyncGenerator<{ readonly path: string; readonly text: string; readonly mode: number }> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* filesIn(path);
    else {
      const { mode } = await Deno.stat(path);
      yield { path, text: await Deno.readTextFile(path), mode: (mode ?? 0) & 0o777 };
    }
  }
}
