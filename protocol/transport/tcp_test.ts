import { assertEquals, assertRejects } from "@std/assert";
import { TcpTransport } from "./tcp.ts";
import { type ReadListener, type SendListener, TransportError } from "./transport.ts";

/** A connection that takes as much of a write as it is told to, when it is told to. */
class SlowConn {
  readonly remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: "192.0.2.7", port: 1 };
  taken = "";
  #bytes: Uint8Array | undefined;
  #reading: PromiseWithResolvers<string | null> | undefined;
  #settle: { resolve: (count: number) => void; reject: (error: unknown) => void } | undefined;

  read(into: Uint8Array): Promise<number | null> {
    this.#reading = Promise.withResolvers();
    return this.#reading.promise.then((text) => {
      if (text === null) return null;
      return new TextEncoder().encodeInto(text, into).written;
    });
  }

  async say(text: string | null): Promise<void> {
    this.#reading!.resolve(text);
    await settled();
  }

  async breakOff(): Promise<void> {
    this.#reading!.reject(new Deno.errors.ConnectionReset());
    await settled();
  }

  write(bytes: Uint8Array): Promise<number> {
    this.#bytes = bytes;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#settle = { resolve, reject };
    return promise;
  }

  async take(count: number): Promise<void> {
    this.taken += new TextDecoder().decode(this.#bytes!.subarray(0, count));
    this.#settle!.resolve(count);
    await settled();
  }

  async fail(): Promise<void> {
    this.#settle!.reject(new Deno.errors.BrokenPipe());
    await settled();
  }

  close(): void {}
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await null;
}

function slowTransport(): { conn: SlowConn; transport: TcpTransport } {
  const conn = new SlowConn();
  return { conn, transport: new TcpTransport(conn as unknown as Deno.Conn) };
}

/** Writes down what it hears. */
class Hearer implements ReadListener {
  readonly heard: (string | null)[] = [];

  onBytes(bytes: Uint8Array | null): void {
    this.heard.push(bytes === null ? null : new TextDecoder().decode(bytes));
  }

  onBroken(error: unknown): void {
    this.heard.push(error instanceof TransportError ? error.code : String(error));
  }
}

/** Notes what becomes of what `name` sends. */
function noting(notes: string[], name: string): SendListener {
  return {
    onSent: () => void notes.push(name),
    onUnsent: (error) => void notes.push(`${name} ${(error as TransportError).code}`),
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("TcpTransport.send() tells once all is taken, however little at once", async () => {
  const { conn, transport } = slowTransport();
  const notes: string[] = [];
  transport.send(bytes("hello"), noting(notes, "hello"));
  await conn.take(2);
  assertEquals(notes, []);
  await conn.take(3);
  assertEquals([notes, conn.taken], [["hello"], "hello"]);
  transport.send(bytes("!"), noting(notes, "!"));
  await conn.take(1);
  assertEquals([notes, conn.taken], [["hello", "!"], "hello!"]);
});

Deno.test("TcpTransport writes what comes during a send() behind it, in order", async () => {
  const { conn, transport } = slowTransport();
  const notes: string[] = [];
  transport.send(bytes("a"), noting(notes, "a"));
  const written = transport.write(bytes("b")).then(() => notes.push("b"));
  transport.send(bytes("c"), noting(notes, "c"));
  await settled();
  for (let i = 0; i < 3; i++) await conn.take(1);
  await written;
  await settled();
  assertEquals([notes, conn.taken], [["a", "b", "c"], "abc"]);
});

Deno.test("TcpTransport writes nothing behind a send() that failed", async () => {
  const { conn, transport } = slowTransport();
  const notes: string[] = [];
  transport.send(bytes("a"), noting(notes, "a"));
  const during = assertRejects(() => transport.write(bytes("b")), TransportError);
  await conn.fail();
  await during;
  await assertRejects(() => transport.write(bytes("c")), TransportError);
  transport.close();
  assertEquals(notes, ["a connection_lost"]);
});

Deno.test("TcpTransport gives up a send() and what waits behind it when it is closed", async () => {
  const { transport } = slowTransport();
  const notes: string[] = [];
  transport.send(bytes("a"), noting(notes, "a"));
  const waiting = assertRejects(() => transport.write(bytes("b")), TransportError);
  transport.close();
  await waiting;
  transport.send(bytes("c"), noting(notes, "c"));
  await settled();
  assertEquals(notes, ["a closed_locally", "c closed_locally"]);
});

Deno.test("TcpTransport.listen() tells once of what read() would have given", async () => {
  const { conn, transport } = slowTransport();
  const hearer = new Hearer();
  transport.listen(hearer);
  await conn.say("a");
  assertEquals(hearer.heard, ["a"]);
  const read = transport.read();
  await conn.say("b");
  assertEquals([(await read)?.length, hearer.heard.length], [1, 1]);
  transport.listen(hearer);
  await conn.say(null);
  transport.listen(hearer);
  await conn.breakOff();
  assertEquals(hearer.heard, ["a", null, "connection_lost"]);
});

Deno.test("TcpTransport.listen() tells of leading bytes, and of nothing once it is closed", async () => {
  const conn = new SlowConn();
  const transport = new TcpTransport(conn as unknown as Deno.Conn, { leading: bytes("early") });
  const hearer = new Hearer();
  transport.listen(hearer);
  await settled();
  transport.listen(hearer);
  transport.close();
  // It had come, but nobody may hear of it any more.
  await conn.say("late");
  transport.listen(hearer);
  await settled();
  assertEquals(hearer.heard, ["early", "closed_locally", "closed_locally"]);
});
