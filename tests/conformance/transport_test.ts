import { HAS_TLS_SOCKETS } from "../../server/tls_listener.ts";
import { inMemoryPair } from "../support/transport_pairs.ts";
import {
  denoWebSocketClientPair,
  denoWebSocketServerPair,
  serverTlsPair,
  tcpPair,
  tlsPair,
  upgradePair,
  webSocketPair,
} from "../support/transport_pairs.ts";
import { testTransport } from "./transport.ts";

const both = { a: true, b: true };

testTransport("memory", () => inMemoryPair(), {
  kind: "memory",
  secure: true,
  halfClose: true,
  pausesReading: both,
});
testTransport("memory, slow and in pieces", () =>
  inMemoryPair({
    latencyMs: 1,
    bytesPerSecond: 400_000_000,
    inFlightBytes: 300_000,
    chunking: [1, 70_000, 3],
    secure: false,
  }), { kind: "memory", secure: false, halfClose: true, pausesReading: both });
testTransport("tcp", tcpPair, {
  kind: "tcp",
  secure: false,
  halfClose: true,
  pausesReading: both,
});
testTransport("tls", tlsPair, { kind: "tls", secure: true, halfClose: true, pausesReading: both });
if (HAS_TLS_SOCKETS) {
  testTransport("tls, accepted by the server", serverTlsPair, {
    kind: "tls",
    secure: true,
    halfClose: true,
    pausesReading: both,
  });
}
testTransport("upgrade", () => upgradePair(), {
  kind: "upgrade",
  secure: false,
  halfClose: true,
  pausesReading: both,
});
testTransport("upgrade over TLS", () => upgradePair({ tls: true }), {
  kind: "upgrade",
  secure: true,
  halfClose: true,
  pausesReading: both,
});
testTransport("websocket", () => webSocketPair(), {
  kind: "websocket",
  secure: false,
  halfClose: false,
  pausesReading: both,
});
testTransport("websocket over TLS", () => webSocketPair({ tls: true }), {
  kind: "websocket",
  secure: true,
  halfClose: false,
  pausesReading: both,
});
testTransport("websocket from Deno's client", denoWebSocketClientPair, {
  kind: "websocket",
  secure: false,
  halfClose: false,
  pausesReading: { a: false, b: true },
});
testTransport("websocket to Deno's server", denoWebSocketServerPair, {
  kind: "websocket",
  secure: false,
  halfClose: false,
  pausesReading: { a: true, b: false },
});
