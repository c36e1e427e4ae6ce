import { assert, assertEquals } from "@std/assert";
import { parseCpuTicks, parseKilobytes, usageOf } from "./usage.ts";

Deno.test("parseCpuTicks adds the process's own time and that of children it waited for", () => {
  const rest = "S 1 10 10 0 -1 4194560 1 2 3 4 100 20 3 0 20 0 1 0 99 0 0";
  assertEquals(parseCpuTicks(`12 (deno) ${rest}`), 123);
});

Deno.test("parseCpuTicks is not fooled by a name with brackets and spaces", () => {
  const rest = "S 1 10 10 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 99 0 0";
  assertEquals(parseCpuTicks(`12 (a) R 9 (b) ${rest}`), 127);
});

Deno.test("parseKilobytes finds its own line only", () => {
  const status = "Name:\tVmHWM: 5 kB\nVmPeak:\t    9 kB\nVmHWM:\t    1024 kB\nVmRSS:\t    512 kB\n";
  assertEquals(parseKilobytes(status, "VmHWM"), 1024 * 1024);
  assertEquals(parseKilobytes(status, "VmSwap"), 0);
});

Deno.test({
  name: "usageOf counts this process, and nothing for one that is gone",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const own = usageOf([Deno.pid]);
    assert(own.cpuSeconds > 0 && own.residentBytes > 2 ** 20, JSON.stringify(own));
    assert(own.peakBytes >= own.residentBytes / 2);
    const child = new Deno.Command("true").spawn();
    await child.status;
    assertEquals(usageOf([child.pid]), { cpuSeconds: 0, peakBytes: 0, residentBytes: 0 });
  },
});
