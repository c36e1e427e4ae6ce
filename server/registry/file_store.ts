/**
 * Leases in a file: an append-only journal (see `journal.ts`), rewritten when
 * most of it is history. The only file of the registry that touches the disk.
 *
 * **What survives.** A `save()` or `forget()` resolves after `fdatasync`, so what
 * was answered survives a crash of the machine. Changes that come in while one
 * is being written go to the disk together: a thousand clients that reconnect at
 * once cost a few syncs, not a thousand. A write that fails is cut off again, so
 * that a rejected change has not happened.
 *
 * **Rewriting** goes to a second file, is synced, renamed over the first, and the
 * directory is synced, without which a crash could bring the old file back.
 *
 * **Damage.** A torn last line is cut off; lines that cannot be read are skipped
 * and the file is kept beside the new one as `….damaged`. Both are reported.
 *
 * One process at a time: two servers on one state directory would undo each
 * other's rewrites. The state directory's lock is the composition root's.
 *
 * @module
 */

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

/** Only the server's user may read who owns what. */
const MODE = 0o600;

/** A {@linkcode LeaseStore} in a file. */
export class FileLeaseStore implements LeaseStore, AsyncDisposable {
  readonly #path: string;
  readonly #slack: number;
  readonly #onEvent: ((event: FileStoreEvent) => void) | undefined;
  readonly #records: Map<string, LeaseRecord>;
  #file: Deno.FsFile;
  #floor: number;
  #lines: number;
  /** Bytes of the file that count; there are more while `#overhang`. */
  #length: number;
  #overhang = false;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #closed = false;

  private constructor(
    path: string,
    file: Deno.FsFile,
    contents: JournalContents,
    options: FileStoreOptions,
  ) {
    this.#path = path;
    this.#file = file;
    this.#slack = options.slack ?? 1000;
    this.#onEvent = options.onEvent;
    this.#records = contents.records;
    this.#floor = contents.floor;
    this.#lines = contents.lines;
    this.#length = contents.length;
  }

  /** Opens or makes the file at `path`; its directory must exist. */
  static async open(path: string, options: FileStoreOptions = {}): Promise<FileLeaseStore> {
    const file = await Deno.open(path, { write: true, create: true, mode: MODE });
    let store: FileLeaseStore | null = null;
    try {
      if (Deno.build.os !== "windows") await Deno.chmod(path, MODE);
      const contents = readJournal(await Deno.readFile(path));
      store = new FileLeaseStore(path, file, contents, options);
      await store.#repair(contents);
      return store;
    } catch (cause) {
      (store === null ? file : store.#file).close();
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
    this.#file.close();
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
        await this.#writeDurably(batch.map(({ line }) => line).join(""));
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

  async #repair({ damagedLines, tornBytes }: JournalContents): Promise<void> {
    if (damagedLines.length > 0 || tornBytes > 0) {
      this.#onEvent?.({
        type: "journal_damaged",
        path: this.#path,
        lines: damagedLines,
        tornBytes,
      });
    }
    if (damagedLines.length > 0) {
      await Deno.copyFile(this.#path, `${this.#path}.damaged`);
      await this.#compact();
    } else {
      await this.#cutOff();
      await syncDirectory(this.#path);
    }
  }

  async #writeDurably(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    if (this.#overhang) await this.#cutOff();
    this.#overhang = true;
    try {
      await writeAll(this.#file, bytes);
      await this.#file.syncData();
    } catch (cause) {
      // If this fails as well it is tried again before the next write.
      await this.#cutOff().catch(() => {});
      throw cause;
    }
    this.#length += bytes.length;
    this.#overhang = false;
  }

  /** Removes what a failed write, or a crash, has left after the last good line. */
  async #cutOff(): Promise<void> {
    await this.#file.truncate(this.#length);
    await this.#file.seek(this.#length, Deno.SeekMode.Start);
    this.#overhang = false;
  }

  async #tryCompact(): Promise<void> {
    try {
      await this.#compact();
    } catch (cause) {
      this.#onEvent?.({ type: "compaction_failed", path: this.#path, cause });
      // Not again with every line, on a disk that is full as it is.
      this.#lines = 0;
    }
  }

  async #compact(): Promise<void> {
    const lines = [...this.#records.values()].map(saveLine);
    if (this.#floor > 0) lines.unshift(floorLine(this.#floor));
    const bytes = new TextEncoder().encode(lines.join(""));
    const temporary = `${this.#path}.new`;
    // Left behind by a crash, and perhaps with another mode.
    await Deno.remove(temporary).catch(() => {});
    const file = await Deno.open(temporary, { write: true, createNew: true, mode: MODE });
    try {
      await writeAll(file, bytes);
      await file.sync();
      await Deno.rename(temporary, this.#path);
    } catch (cause) {
      file.close();
      throw cause;
    }
    this.#file.close();
    this.#file = file;
    this.#lines = lines.length;
    this.#length = bytes.length;
    await syncDirectory(this.#path);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await file.write(bytes.subarray(written));
}

/**
 * Makes a rename or a new file in `path`'s directory durable. Some file systems,
 * and Windows, cannot sync a directory and need not: hence the best effort.
 */
async function syncDirectory(path: string): Promise<void> {
  const slash = path.lastIndexOf("/");
  try {
    using directory = await Deno.open(slash < 0 ? "." : path.slice(0, slash + 1));
    await directory.sync();
  } catch { /* See above. */ }
}
