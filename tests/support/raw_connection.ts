/**
 * One TCP connection as a test wants it: bytes are text with one character each, what comes is
 * collected from the start, and everything is waited for.
 *
 * @module
 */

/** How long a test waits for bytes; then it fails and says what came instead. */
const PATIENCE_MS = 20_000;

const decoder = new TextDecoder("latin1");

/** Text as bytes, one a character. */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Bytes as text, one character a byte (`latin1` of `TextDecoder` is windows-1252, so by hand). */
export function latin1Text(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte < 0x80)) return decoder.decode(bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

/** A connection, with everything that came over it. */
export class RawConnection implements Disposable {
  /** Everything that came and was not taken. */
  received = "";
  /** How the other side's bytes ended, once they have. */
  ended: "end" | "broken" | undefined;
  readonly #conn: Deno.Conn;
  readonly #reading: Promise<void>;
  #wake = () => {};

  /** Takes over a connection and starts to read. */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
    this.#reading = this.#read();
  }

  /** Connects to a port on loopback. */
  static async to(port: number): Promise<RawConnection> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return new RawConnection(conn);
  }

  /** The other side's port; on an accepted connection it tells connections apart. */
  get remotePort(): number {
    return (this.#conn.remoteAddr as Deno.NetAddr).port;
  }

  /** Sends all of it. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? latin1Bytes(data) : data;
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  /** Waits until `isEnough` says so of everything that is not taken yet; takes and gives it. */
  async take(isEnough: (received: string) => boolean): Promise<string> {
    const isThere = () => isEnough(this.received);
    await this.#until(isThere);
    if (!isThere()) throw new Error(`The connection is over after ${clip(this.received)}`);
    return this.#takeAll();
  }

  /** Waits until so much has come, and takes just that. */
  async takeBytes(size: number): Promise<string> {
    await this.#until(() => this.received.length >= size);
    if (this.received.length < size) {
      throw new Error(`The connection is over after ${clip(this.received)}`);
    }
    const taken = this.received.slice(0, size);
    this.received = this.received.slice(size);
    return taken;
  }

  /** Waits for the end of a head, and takes just the head. */
  async takeHead(): Promise<string> {
    await this.#until(() => this.received.includes("\r\n\r\n"));
    const end = this.received.indexOf("\r\n\r\n");
    if (end === -1) throw new Error(`The connection is over after ${clip(this.received)}`);
    return await this.takeBytes(end + 4);
  }

  /** Takes everything up to the end, however that comes: see {@linkcode ended}. */
  async takeToEnd(): Promise<string> {
    await this.#until(() => false);
    return this.#takeAll();
  }

  /** Waits until there is something to take; false if the other side ends first. */
  async hasMore(): Promise<boolean> {
    if (this.received === "" && this.ended === undefined) await this.#turn();
    return this.received !== "";
  }

  /** Ends our side. */
  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  /** Closes both ways. */
  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It is closed already.
    }
  }

  /** Closes, and waits until nothing of it is left. */
  async closed(): Promise<void> {
    this.close();
    await this.#reading;
  }

  /** As {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #takeAll(): string {
    const { received } = this;
    this.received = "";
    return received;
  }

  /** Resolves when it is so, or the connection is over. */
  async #until(isSo: () => boolean): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new Error(`Nothing more in ${PATIENCE_MS} ms after ${clip(this.received)}`));
    }, PATIENCE_MS);
    try {
      while (!isSo() && this.ended === undefined) await Promise.race([this.#turn(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when something comes, or the connection is over. */
  #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const size = await this.#conn.read(buffer);
        if (size === null) break;
        this.received += latin1Text(buffer.subarray(0, size));
        this.#wake();
      }
      this.ended = "end";
    } catch {
      this.ended = "broken";
    }
    this.#wake();
  }
}

function clip(text: string): string {
  return JSON.stringify(text.length > 600 ? `${text.slice(0, 600)}… (${text.length})` : text);
}
