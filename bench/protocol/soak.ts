/**
 * Many gigabytes through one session, with resident memory sampled on the way:
 * it must not grow.
 *
 * @module
 */

import { Pair } from "./pair.ts";
import { print } from "./print.ts";
import { median } from "./statistics.ts";
import { printTable } from "./table.ts";

/** One sample is taken after so many bytes. */
const SAMPLE_BYTES = 512 * 2 ** 20;

/** Streams that share the work, as downloads would. */
const STREAMS = 4;

/** Growth that is no leak: one more large window, or a collection that is due. */
const SLACK_BYTES = 16 * 2 ** 20;

const MIB = 2 ** 20;

/** Runs and prints it; true if the last third held no more than the middle one. */
export async function soak({ bytes }: { readonly bytes: number }): Promise<boolean> {
  await using pair = await Pair.start();
  await pair.connectTunnels(1);
  const samples: { readonly driver: number; readonly responder: number }[] = [];
  const rows: string[][] = [];
  const amount = SAMPLE_BYTES / STREAMS;
  let cpu = 0;
  const started = performance.now();
  for (let moved = 0; moved < bytes;) {
    const { seconds, driverCpu, responderCpu } = await pair.run(
      "tunnel",
      { work: samples.length % 2 === 0 ? "down" : "up", amount },
      { streams: STREAMS },
    );
    moved += SAMPLE_BYTES;
    cpu += driverCpu + responderCpu;
    const [driver, responder] = await Promise.all([pair.driver.usage(), pair.responder.usage()]);
    samples.push({ driver: driver.rss, responder: responder.rss });
    if (samples.length % 2 === 0) {
      rows.push([
        (moved / 2 ** 30).toFixed(1),
        (SAMPLE_BYTES / 1e6 / seconds).toFixed(0),
        mib(driver.rss),
        mib(driver.heap),
        mib(responder.rss),
        mib(responder.heap),
      ]);
    }
  }
  const elapsed = (performance.now() - started) / 1000;
  printTable(
    `Soak: ${bytes / 2 ** 30} GiB over ${STREAMS} streams, directions alternate, ` +
      `${elapsed.toFixed(0)} s, ${(cpu / (bytes / 1e9)).toFixed(2)} CPU s/GB for both ends`,
    ["GiB", "MB/s", "server RSS MiB", "server heap", "client RSS MiB", "client heap"],
    rows,
  );
  const flat = (["driver", "responder"] as const).every((end) => {
    const third = Math.floor(samples.length / 3);
    const middle = samples.slice(third, 2 * third).map((sample) => sample[end]);
    const last = samples.slice(2 * third).map((sample) => sample[end]);
    return median(last) <= median(middle) + SLACK_BYTES;
  });
  print(flat ? "\nResident memory is flat." : "\nResident memory GROWS.");
  return flat;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}
