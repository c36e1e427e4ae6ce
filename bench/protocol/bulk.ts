/**
 * Bulk: one stream as fast as it goes, against a plain copy between the same two
 * processes. Rounds of both alternate, and the ratio is taken round by round, so
 * that what else the machine does hits both alike.
 *
 * @module
 */

import { type Measured, Pair } from "./pair.ts";
import { median, summarize } from "./statistics.ts";
import { printTable } from "./table.ts";
import type { Work } from "./work.ts";

const KINDS: readonly (readonly [Work, string, directions: number])[] = [
  ["down", "server to client", 1],
  ["up", "client to server", 1],
  ["echo", "echo, both at once", 2],
];

/** Runs and prints it; `bytes` a round and direction. */
export async function benchBulk(
  { bytes, rounds }: { readonly bytes: number; readonly rounds: number },
): Promise<void> {
  await using pair = await Pair.start();
  await pair.connectPlain(1);
  await pair.connectTunnels(1);
  const rows: string[][] = [];
  for (const [work, name, directions] of KINDS) {
    const plain: Measured[] = [];
    const tunnel: Measured[] = [];
    for (let round = -1; round < rounds; round++) {
      const job = { work, amount: bytes };
      const both = [await pair.run("plain", job), await pair.run("tunnel", job)] as const;
      // The first round warms up the compiler and the windows.
      if (round < 0) continue;
      plain.push(both[0]);
      tunnel.push(both[1]);
    }
    const ratio = summarize(plain.map(({ seconds }, i) => seconds / tunnel[i]!.seconds));
    rows.push([
      name,
      rate(plain, bytes * directions),
      rate(tunnel, bytes * directions),
      `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)})`,
      cpu(plain, bytes * directions),
      cpu(tunnel, bytes * directions),
    ]);
  }
  printTable(
    `Bulk over loopback TCP, one stream, ${
      bytes / 2 ** 20
    } MiB a round, median of ${rounds} rounds`,
    [
      "direction",
      "plain copy MB/s",
      "tunnel MB/s",
      "ratio",
      "plain CPU s/GB, server + client",
      "tunnel CPU s/GB",
    ],
    rows,
  );
}

function rate(rounds: readonly Measured[], bytes: number): string {
  return (bytes / 1e6 / median(rounds.map(({ seconds }) => seconds))).toFixed(0);
}

function cpu(rounds: readonly Measured[], bytes: number): string {
  const driver = median(rounds.map(({ driverCpu }) => driverCpu)) / bytes * 1e9;
  const responder = median(rounds.map(({ responderCpu }) => responderCpu)) / bytes * 1e9;
  return `${driver.toFixed(2)} + ${responder.toFixed(2)}`;
}
