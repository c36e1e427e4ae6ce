import { assert, assertEquals } from "@std/assert";
import { connectTcp, dialTcp } from "../../protocol/transport/connect_tcp.ts";
import { TcpTransport } from "../../protocol/transport/tcp.ts";
import { type Transport, TransportError } from "../../protocol/transport/transport.ts";
import { connectWebSocket } from "../../protocol/transport/websocket_client.ts";
import { acceptWebSocket } from "../support/transport_http_acceptor.ts";
import { CuttingRelay } from "./cutting_relay.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { type Connection, transfer } from "./transfer.ts";

const MIB = 1024 * 1024;

/** A carrier: how its client connects to a port, and what its server makes of a connection. */
interface Carrier {
  connect(port: number): Promise<Transport>;
  accept(conn: Deno.TcpConn): Promise<Transport>;
}

const TCP: Carrier = {
  connect: (port) => connectTcp("127.0.0.1", port),
  accept: (conn) => Promise.resolve(new TcpTransport(conn)),
};

const WEBSOCKET: Carrier = {
  connect: async (port) =>
    await connectWebSocket(await dialTcp("127.0.0.1", port), { host: `127.0.0.1:${port}` }),
  accept: acceptWebSocket,
};

/** Connects through a relay; what was opened is closed in the end. */
class Network implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #transports: Transport[] = [];
  readonly relay: CuttingRelay;

  constructor(nextCut: () => number) {
    this.relay = new CuttingRelay(this.#listener.addr.port, nextCut);
  }

  /** `undefined` if the connection broke before it stood. */
  async connect(carrier: Carrier): Promise<Connection | undefined> {
    const accepted = this.#listener.accept().then(async (conn) => {
      try {
        return await carrier.accept(conn);
      } catch {
        conn.close();
        return undefined;
      }
    });
    const [client, server] = await Promise.all([
      carrier.connect(this.relay.port).catch((error) => {
        if (error instanceof TransportError) return undefined;
        throw error;
      }),
      accepted,
    ]);
    if (client !== undefined) this.#transports.push(client);
    if (server !== undefined) this.#transports.push(server);
    if (client !== undefined && server !== undefined) return { client, server };
    client?.close();
    server?.close();
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const transport of this.#transports) transport.close();
    await this.relay[Symbol.asyncDispose]();
    this.#listener.close();
  }
}

async function moveThroughCuts(next: () => Carrier, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const wantedCuts = 50;
  let connections = 0;
  await using network = new Network(() => {
    if (connections++ >= wantedCuts) return Infinity;
    if (connections === 1) return 200_000;
    return random.chance(0.15) ? 1 + random.below(600) : random.sizeFrom(10_000, 4 * MIB);
  });
  const report = await transfer({
    bytes: 64 * MIB,
    resend: 4 * MIB,
    random,
    connect: () => network.connect(next()),
  });
  assertEquals(network.relay.cuts, wantedCuts);
  assert(report.resumes >= wantedCuts / 2, `${report.resumes} resumes`);
}

Deno.test("64 MiB each way over TCP pass 50 cuts, and each byte once", async () => {
  await moveThroughCuts(() => TCP, 1);
});

Deno.test("64 MiB each way over WebSocket pass 50 cuts, and each byte once", async () => {
  await moveThroughCuts(() => WEBSOCKET, 2);
});

Deno.test("64 MiB each way pass 50 cuts while TCP and WebSocket take turns", async () => {
  let turn = 0;
  await moveThroughCuts(() => turn++ % 2 === 0 ? TCP : WEBSOCKET, 3);
});
