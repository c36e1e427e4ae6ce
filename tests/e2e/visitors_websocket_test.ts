/**
 * WebSockets of the platform, both ends, through a tunnel of every kind.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { EventLog } from "../support/event_log.ts";
import { bootTunnel } from "../support/tunnel_boot.ts";

function app(request: Request): Response {
  const protocol = request.headers.get("sec-websocket-protocol")?.split(", ").at(-1);
  const { socket, response } = Deno.upgradeWebSocket(request, protocol ? { protocol } : {});
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) =>
    data === "close" ? socket.close(4001, "asked to") : socket.send(data);
  return response;
}

for (const carrier of ["upgrade", "websocket", "tcp"] as const) {
  Deno.test(`A WebSocket works through a tunnel over ${carrier}`, async () => {
    await using boot = await bootTunnel({ server: { single: true }, app, carrier });
    const socket = new WebSocket(`ws://127.0.0.1:${boot.server.port}/chat`, ["one", "two"]);
    socket.binaryType = "arraybuffer";
    const events = new EventLog<string | number>();
    socket.onopen = () => events.add("open");
    socket.onmessage = ({ data }) => events.add(data.byteLength ?? data);
    const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
    await events.first((event) => event === "open");
    assertEquals(socket.protocol, "two");
    for (let n = 0; n < 100; n++) socket.send(`message ${n}`);
    socket.send(new Uint8Array(300_000));
    await events.first((event) => event === 300_000);
    const sent = Array.from({ length: 100 }, (_, n) => `message ${n}`);
    assertEquals(events.all, ["open", ...sent, 300_000]);
    socket.send("close");
    const { code, reason } = await closed;
    assertEquals([code, reason], [4001, "asked to"]);
  });
}
