/**
 * Leases in a file: an append-only journal (see `journal.ts`), rewritten when most of it is history.
 *
 * **What survives.** A `save()` or `forget()` resolves once it is in a `DurableFile`, so what was
 * answered survives a crash of the machine. Changes that come in while one is being written go to
 * the disk together: a thousand clients that reconnect at once cost a few syncs, not a thousand. A
 * rejected change has not happened.
 *
 * **Damage.** A torn last line is cut off; lines that cannot be read are skipped
 * and the file is kept beside the new one as `….damaged`. Both are reported.
 *
 * One process at a time: two servers on one state directory would undo each
 * other's rewrites. The state directory's lock is the composition root's.
 *
 * @module
 */

import { DurableFile } from "./durable_file.ts";
import {
  floorLine,
  forgetLine,
  type JournalContents,
  readJournal,
  recordKey,
  saveLine,
} from "./journal.ts";
import type { LeaseKind, LeaseRecord, LeaseStore, StoredLeases } from "./lease_store.ts";

/** Something that an operator should know about the file. */
export type FileStoreEvent =
  | {
    /** Some of the file could not be read; the rest is in use. */
    readonly type: "journal_damaged";
    /** The file. */
    readonly path: string;
    /** Numbers of the lines that could not be read, from 1. */
    readonly lines: readonly number[];
    /** Bytes of an unfinished last line. */
    readonly tornBytes: number;
  }
  | {
    /** The journal could not be rewritten. It goes on growing, nothing is lost. */
    readonly type: "compaction_failed";
    /** The file. */
    readonly path: string;
    /** What went wrong. */
    readonly cause: unknown;
  };

/** Options of {@linkcode FileLeaseStore.open}. */
export interface FileStoreOptions {
  /** Called with what an operator should know. */
  readonly onEvent?: (event: FileStoreEvent) => void;
  /**
   * Lines of history that may be in the file before it is rewritten. It is also
   * never rewritten before half of it is history, which bounds the work.
   *
   * @default {1000}
   */
  readonly slack?: number;
}

interface Waiting {
  readonly line: string;
  readonly apply: () => void;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/** A {@linkcode LeaseStore} in a file. */
export class FileLeaseStore implements LeaseStore, AsyncDisposable {
  readonly #file: DurableFile;
  readonly #slack: number;
  readonly #onEvent: ((event: FileStoreEvent) => void) | undefined;
  readonly #records: Map<string, LeaseRecord>;
  #floor: number;
  #lines: number;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #closed = false;

  private constructor(file: DurableFile, contents: JournalContents, options: FileStoreOptions) {
    this.#file = file;
    this.#slack = options.slack ?? 1000;
    this.#onEvent = options.onEvent;
    this.#records = contents.records;
    this.#floor = contents.floor;
    this.#lines = contents.lines;
  }

  /** Opens or makes the file at `path`; its directory must exist. */
  static async open(path: string, options: FileStoreOptions = {}): Promise<FileLeaseStore> {
    const file = await DurableFile.open(path);
    try {
      const contents = readJournal(await file.read());
      const store = new FileLeaseStore(file, contents, options);
      await store.#repair(contents);
      return store;
    } catch (cause) {
      file[Symbol.dispose]();
      throw cause;
    }
  }

  /** Gives what was saved. */
  load(): Promise<StoredLeases> {
    return Promise.resolve({ records: [...this.#records.values()], floor: this.#floor });
  }

  /** Adds or replaces one record. */
  save(record: LeaseRecord): Promise<void> {
    return this.#append(saveLine(record), () => {
      this.#records.set(recordKey(record.kind, record.name), record);
    });
  }

  /** Removes one record. */
  forget(kind: LeaseKind, name: string, floor: number): Promise<void> {
    return this.#append(forgetLine(kind, name, floor), () => {
      this.#records.delete(recordKey(kind, name));
      this.#floor = Math.max(this.#floor, floor);
    });
  }

  /** Writes what is waiting and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    this.#file[Symbol.dispose]();
  }

  #append(line: string, apply: () => void): Promise<void> {
    if (this.#closed) {
      return Promise.reject(
        new Deno.errors.BadResource("Cannot store a lease: the file is closed"),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ line, apply, resolve, reject });
    this.#writing ??= this.#write();
    return promise;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#file.append(batch.map(({ line }) => line).join(""));
      } catch (cause) {
        for (const { reject } of batch) reject(cause);
        continue;
      }
      this.#lines += batch.length;
      for (const { apply, resolve } of batch) {
        apply();
        resolve();
      }
      if (this.#lines > 2 * this.#records.size + this.#slack) await this.#tryCompact();
    }
    // Here and not in a `finally()`: nobody must find a writer that has stopped looking.
    this.#writing = null;
  }

  async #repair({ damagedLines, tornBytes, length }: JournalContents): Promise<void> {
    const { path } = this.#file;
    if (damagedLines.length > 0 || tornBytes > 0) {
      this.#onEvent?.({ type: "journal_damaged", path, lines: damagedLines, tornBytes });
    }
    if (damagedLines.length === 0) return await this.#file.keep(length);
    await Deno.copyFile(path, `${path}.damaged`);
    await this.#compact();
  }

  async #tryCompact(): Promise<void> {
    try {
      await this.#compact();
    } catch (cause) {
      this.#onEvent?.({ type: "compaction_failed", path: this.#file.path, cause });
      // Not again with every line, on a disk that is full as it is.
      this.#lines = 0;
    }
  }

  async #compact(): Promise<void> {
    const lines = [...this.#records.values()].map(saveLine);
    if (this.#floor > 0) lines.unshift(floorLine(this.#floor));
    await this.#file.replace(lines.join(""));
    this.#lines = lines.length;
  }
}
