/**
 * The platform's own clients as visitors of a tunnel, whose name no resolver needs to know.
 *
 * @module
 */

/** Visits one tunnel. */
export class NamedVisitor implements Disposable {
  readonly #port: number;
  readonly #host: string;
  readonly #client: Deno.HttpClient = Deno.createHttpClient({ allowHost: true });

  /** The server's port, and the tunnel's `Host`. */
  constructor(port: number, host: string) {
    this.#port = port;
    this.#host = host;
  }

  /** As the platform's. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#port}${path}`, {
      ...init,
      client: this.#client,
      headers: { ...init.headers as Record<string, string>, host: this.#host },
    });
  }

  /** Opens a WebSocket. */
  async openSocket(path: string): Promise<TextSocket> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    await conn.write(utf8.encode([
      `GET ${path} HTTP/1.1`,
      `Host: ${this.#host}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "\r\n",
    ].join("\r\n")));
    return await TextSocket.open(conn);
  }

  /** Closes the connections that are kept. */
  [Symbol.dispose](): void {
    this.#client.close();
  }
}

const utf8 = new TextEncoder();

/** Text frames as in RFC 6455 and nothing else: the platform's client cannot be given a `Host`. */
export class TextSocket implements Disposable {
  readonly #conn: Deno.Conn;
  #bytes = new Uint8Array(0);

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Waits for the answer to the handshake that was sent. */
  static async open(conn: Deno.Conn): Promise<TextSocket> {
    const socket = new TextSocket(conn);
    let head = "";
    while (!head.endsWith("\r\n\r\n")) head += String.fromCharCode((await socket.#take(1))[0]!);
    if (!head.startsWith("HTTP/1.1 101 ")) throw new Error(`No WebSocket: ${head}`);
    return socket;
  }

  /** Sends a short message. A key of zeros masks as well as any other. */
  async send(text: string): Promise<void> {
    const payload = utf8.encode(text);
    const head = [0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0];
    const frame = new Uint8Array([...head, ...payload]);
    for (let at = 0; at < frame.length;) at += await this.#conn.write(frame.subarray(at));
  }

  /** The next message. */
  async receive(): Promise<string> {
    const [first, second] = await this.#take(2) as unknown as [number, number];
    if (first !== 0x81) throw new Error(`Not a text frame: ${first}`);
    const long = second === 126 ? await this.#take(2) : undefined;
    const length = long === undefined ? second : long[0]! << 8 | long[1]!;
    return new TextDecoder().decode(await this.#take(length));
  }

  /** Hangs up. */
  [Symbol.dispose](): void {
    this.#conn.close();
  }

  async #take(size: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(16 * 1024);
    while (this.#bytes.length < size) {
      const read = await this.#conn.read(buffer);
      if (read === null) throw new Error("The WebSocket has ended");
      const joined = new Uint8Array(this.#bytes.length + read);
      joined.set(this.#bytes);
      joined.set(buffer.subarray(0, read), this.#bytes.length);
      this.#bytes = joined;
    }
    const taken = this.#bytes.subarray(0, size);
    this.#bytes = this.#bytes.subarray(size);
    return taken;
  }
}
