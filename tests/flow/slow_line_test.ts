import { assert } from "@std/assert";
import { connectTcp } from "../../protocol/transport/connect_tcp.ts";
import { TcpTransport } from "../../protocol/transport/tcp.ts";
import { answerAsAsked, readAll, request } from "../support/mux_flows.ts";
import { PacedRelay } from "../support/mux_paced_relay.ts";
import { SessionPair } from "../support/session_pair.ts";

const BYTES_PER_SECOND = 20_000_000 / 8;

/** The bulk download has filled whatever queue it can fill by then. */
const WARM_UP_BYTES = 1024 * 1024;

const ROUNDS = 9;

Deno.test("A reply of 64 KiB overtakes a download on a real line of 20 Mbit/s", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using relay = new PacedRelay(listener.addr.port, BYTES_PER_SECOND);
  const [client, conn] = await Promise.all([
    connectTcp("127.0.0.1", relay.port),
    listener.accept(),
  ]);
  const server = new TcpTransport(conn);
  await using pair = await SessionPair.connect({
    transports: { client, server },
    onStream: answerAsAsked,
  });
  const download = pair.server.open(request("/1000000000"), undefined, true);
  const warm = Promise.withResolvers<void>();
  let sum = 0;
  const reading = readAll(download, (bytes) => {
    sum = bytes;
    if (bytes >= WARM_UP_BYTES) warm.resolve();
  }).catch(() => {});
  await warm.promise;
  const times: number[] = [];
  const start = performance.now();
  const before = sum;
  for (let round = 0; round < ROUNDS; round++) {
    const asked = performance.now();
    await readAll(pair.server.open(request("/65536"), undefined, true));
    times.push(performance.now() - asked);
  }
  const rate = (sum - before + ROUNDS * 65536) * 1000 / (performance.now() - start);
  download.reset("cancelled");
  await reading;
  const median = times.sort((a, b) => a - b)[ROUNDS >>> 1]!;
  assert(median <= 150, `${median} ms; all: ${times}`);
  assert(rate > 0.7 * BYTES_PER_SECOND, `only ${rate} bytes a second came through`);
});
