/**
 * A visitor that costs next to nothing, so that what is measured is the tunnel.
 *
 * @module
 */

/** What came back. */
export interface ShortAnswer {
  readonly status: number;
  readonly body: string;
}

const BUFFER_BYTES = 4 * 1024;

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Sends one request after the other over one connection; for answers with a short body. */
export class KeepAliveVisitor implements Disposable {
  readonly #conn: Deno.Conn;
  readonly #host: string;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  /** True once the server has said that it closes the connection. */
  isLast = false;

  /** Takes over a connection. */
  constructor(conn: Deno.Conn, host: string) {
    this.#conn = conn;
    this.#host = host;
  }

  /** Connects to a port of this machine. */
  static async connect(port: number, host: string): Promise<KeepAliveVisitor> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return new KeepAliveVisitor(conn, host);
  }

  /**
   * GETs a path.
   *
   * @throws {ConnectionEnded} If there is no whole answer.
   */
  async get(path: string): Promise<ShortAnswer> {
    let received = "";
    try {
      await this.#conn.write(utf8.encode(`GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n\r\n`));
      for (;;) {
        const size = await this.#conn.read(this.#buffer);
        if (size === null) throw new ConnectionEnded("end", received);
        received += text.decode(this.#buffer.subarray(0, size));
        const answer = this.#parse(received);
        if (answer !== undefined) return answer;
      }
    } catch (cause) {
      if (cause instanceof ConnectionEnded) throw cause;
      throw new ConnectionEnded("broken", received, { cause });
    }
  }

  #parse(received: string): ShortAnswer | undefined {
    const end = received.indexOf("\r\n\r\n");
    if (end === -1) return undefined;
    const head = received.slice(0, end).toLowerCase();
    const length = /^content-length: (\d+)$/m.exec(head.replaceAll("\r", ""))?.[1];
    if (length === undefined) throw new TypeError(`No length in ${received}`);
    const body = received.slice(end + 4);
    if (body.length < Number(length)) return undefined;
    if (/^connection: close$/m.test(head.replaceAll("\r", ""))) this.isLast = true;
    return { status: Number(head.slice(9, 12)), body };
  }

  /** Hangs up. */
  [Symbol.dispose](): void {
    this.#conn.close();
  }
}

/** A connection was over before the answer was. */
export class ConnectionEnded extends Error {
  override readonly name = "ConnectionEnded";
  /** How it ended. */
  readonly how: "end" | "broken";
  /** What had come. */
  readonly received: string;

  /** Makes an error. */
  constructor(how: "end" | "broken", received: string, options?: ErrorOptions) {
    super(`The connection is over (${how}) after ${JSON.stringify(received)}`, options);
    this.how = how;
    this.received = received;
  }
}
