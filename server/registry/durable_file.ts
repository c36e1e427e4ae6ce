/**
 * A text file that grows at its end, and of which nothing is lost that was once written.
 *
 * **Appending** resolves after `fdatasync`, so what was written survives a crash of the machine. A
 * write that fails is cut off again, so that it has not happened.
 *
 * **Replacing** goes to a second file, is synced, renamed over the first, and the directory is
 * synced, without which a crash could bring the old file back.
 *
 * One call at a time: the caller waits for each.
 *
 * @module
 */

/** Only the server's user may read who owns what. */
const MODE = 0o600;

/** A file that is open for appending. */
export class DurableFile implements Disposable {
  /** Where it is. */
  readonly path: string;
  #file: Deno.FsFile;
  /** Bytes of the file that count; there are more while `#overhang`. */
  #length = 0;
  #overhang = false;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  /** Opens or makes the file at `path`; its directory must exist. Call {@linkcode keep} next. */
  static async open(path: string): Promise<DurableFile> {
    const file = await Deno.open(path, { write: true, create: true, mode: MODE });
    try {
      if (Deno.build.os !== "windows") await Deno.chmod(path, MODE);
      return new DurableFile(path, file);
    } catch (cause) {
      file.close();
      throw cause;
    }
  }

  /** All that is in it. */
  read(): Promise<Uint8Array> {
    return Deno.readFile(this.path);
  }

  /** Goes on behind the first `length` bytes, and cuts off what stands there. */
  async keep(length: number): Promise<void> {
    this.#length = length;
    await this.#cutOff();
    await syncDirectory(this.path);
  }

  /** Adds `text` at the end. If this rejects, it is not there. */
  async append(text: string): Promise<void> {
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

  /** Puts `text` in place of everything. If this rejects, the file is as it was. */
  async replace(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    const temporary = `${this.path}.new`;
    // Left behind by a crash, and perhaps with another mode.
    await Deno.remove(temporary).catch(() => {});
    const file = await Deno.open(temporary, { write: true, createNew: true, mode: MODE });
    try {
      await writeAll(file, bytes);
      await file.sync();
      await Deno.rename(temporary, this.path);
    } catch (cause) {
      file.close();
      throw cause;
    }
    this.#file.close();
    this.#file = file;
    this.#length = bytes.length;
    this.#overhang = false;
    await syncDirectory(this.path);
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  /** Removes what a failed write, or a crash, has left after the last good byte. */
  async #cutOff(): Promise<void> {
    await this.#file.truncate(this.#length);
    await this.#file.seek(this.#length, Deno.SeekMode.Start);
    this.#overhang = false;
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
