/**
 * Things that happened, to be waited for: what a test does instead of sleeping.
 *
 * @module
 */

/** How long a test waits for something that should have happened; then it fails and says so. */
const PATIENCE_MS = 20_000;

/** A list that is waited on. */
export class EventLog<T> {
  /** Everything so far. */
  readonly all: T[] = [];
  readonly #waiting = new Set<() => void>();

  /** Something happened. */
  readonly add = (item: T): void => {
    this.all.push(item);
    for (const look of this.#waiting) look();
  };

  /** The first item that fits, from `start` on: one that is there, or one to come. */
  first(fits: (item: T) => boolean, start = 0): Promise<T> {
    const find = () => this.all.find((item, index) => index >= start && fits(item));
    const found = find();
    if (found !== undefined) return Promise.resolve(found);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(() => {
      this.#waiting.delete(look);
      const seen = JSON.stringify(this.all.slice(start));
      reject(new Error(`Nothing of the kind within ${PATIENCE_MS} ms, only ${seen}`));
    }, PATIENCE_MS);
    const look = () => {
      const item = find();
      if (item === undefined) return;
      clearTimeout(timer);
      this.#waiting.delete(look);
      resolve(item);
    };
    this.#waiting.add(look);
    return promise;
  }

  /** The first item that fits and is not there yet. */
  next(fits: (item: T) => boolean = () => true): Promise<T> {
    return this.first(fits, this.all.length);
  }
}
