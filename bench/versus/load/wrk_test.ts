import { assertEquals } from "@std/assert";
import { parseWrkOutput, wrkCommand } from "./wrk.ts";

const OUTPUT = `Running 2s test @ http://127.0.0.1:40000/small
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.10ms    0.90ms  21.00ms   95.00%
Requests/sec:  56906.28
tun-bench {"requests":113812,"micros":2000000,"p50":990,"p99":4250,"max":21000,"failed":1,"refused":2,"cpuTicks":83}
`;

Deno.test("parseWrkOutput gives seconds and milliseconds", () => {
  assertEquals(parseWrkOutput(OUTPUT), {
    requests: 113812,
    seconds: 2,
    p50: 0.99,
    p99: 4.25,
    max: 21,
    failed: 1,
    refused: 2,
    cpuSeconds: 0.83,
  });
});

Deno.test("parseWrkOutput finds nothing where wrk has failed", () => {
  assertEquals(parseWrkOutput("unable to connect to 127.0.0.1:1 Connection refused\n"), undefined);
});

Deno.test("wrkCommand differs between contenders by address and Host alone", () => {
  const options = { connections: 64, seconds: 1.5 };
  const command = (port: number, host: string) =>
    wrkCommand({ address: { transport: "tcp", hostname: "127.0.0.1", port }, host }, options);
  const [one, other] = [command(1001, "a.test"), command(1002, "b.test")];
  const differing = one.filter((word, i) => word !== other[i]);
  assertEquals(differing, ["--header=Host: a.test", "http://127.0.0.1:1001/small"]);
});
