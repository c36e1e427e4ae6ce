/**
 * What the line of a small request costs, from the record of the request to bytes that wait to
 * be written.
 *
 * `deno bench -A server/log/request_log_bench.ts`
 *
 * @module
 */

import { systemClock } from "@tun/protocol";
import { RequestHeadParser } from "@tun/protocol/http1";
import type { RequestRecord } from "../ingress/request_record.ts";
import { LineWriter } from "./line_writer.ts";
import { logInto } from "./log.ts";
import { logRequest } from "./request_log.ts";

const REQUESTS = 1000;

const head = new RequestHeadParser().push(
  new TextEncoder().encode(
    "GET /articles/2024/index.html?page=2 HTTP/1.1\r\nHost: app.localhost:8080\r\n" +
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0\r\n\r\n",
  ),
)!;

const records = Array.from({ length: REQUESTS }, (_, i): RequestRecord => ({
  id: `0123456789${1000 + i}`,
  tunnel: "app",
  head,
  visitor: "192.0.2.7",
  end: { kind: "answered", status: 200 },
  ms: 1.5 + i / 7,
  edgeMs: 0.1,
  tunnelMs: 1.2,
  roundTripMs: 0.3,
  receivedBytes: 0,
  sentBytes: 1000 + i,
}));

const sink = {
  write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
  writeSync: (bytes: Uint8Array) => bytes.length,
};

for (const form of ["json", "text"] as const) {
  Deno.bench(`${REQUESTS} lines as ${form}`, async () => {
    const lines = new LineWriter({ sink, clock: systemClock, onDropped: () => {} });
    const log = logInto(lines, { form, level: "info", wallTime: Date.now });
    for (const record of records) logRequest(log, record, { withQuery: false });
    await lines.flush();
  });
}
