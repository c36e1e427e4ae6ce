/**
 * Small messages: on each of some streams one message goes out, and the next one
 * when it has come back. As many plain connections do the same beside it.
 *
 * @module
 */

import { type Measured, Pair } from "./pair.ts";
import { median, summarize } from "./statistics.ts";
import { printTable } from "./table.ts";
import { MESSAGE_BYTES } from "./work.ts";

const STREAMS = [1, 64, 1024];

/** Less than for bulk: a thousand connections read into a buffer each. */
const READ_BYTES = 4 * 1024;

/** Runs and prints it; `messages` a round, over all streams. */
export async function benchMessages(
  { messages, rounds }: { readonly messages: number; readonly rounds: number },
): Promise<void> {
  await using pair = await Pair.start();
  await pair.connectPlain(Math.max(...STREAMS), READ_BYTES);
  await pair.connectTunnels(1);
  const rows: string[][] = [];
  for (const streams of STREAMS) {
    const plain: Measured[] = [];
    const tunnel: Measured[] = [];
    const amount = Math.ceil(messages / streams / (streams === 1 ? 4 : 1));
    for (let round = -1; round < rounds; round++) {
      const job = { work: "ping", amount } as const;
      const both = [
        await pair.run("plain", job, { streams }),
        await pair.run("tunnel", job, { streams }),
      ] as const;
      if (round < 0) continue;
      plain.push(both[0]);
      tunnel.push(both[1]);
    }
    const total = amount * streams;
    const ratio = summarize(plain.map(({ seconds }, i) => seconds / tunnel[i]!.seconds));
    rows.push([
      `${streams}`,
      rate(plain, total),
      rate(tunnel, total),
      `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)})`,
      cpu(plain, total),
      cpu(tunnel, total),
    ]);
  }
  printTable(
    `Messages of ${MESSAGE_BYTES} bytes there and back, median of ${rounds} rounds`,
    [
      "streams",
      "plain connections, messages/s",
      "tunnel, messages/s",
      "ratio",
      "plain CPU µs/message, server + client",
      "tunnel CPU µs/message",
    ],
    rows,
  );
}

function rate(rounds: readonly Measured[], messages: number): string {
  return (messages / median(rounds.map(({ seconds }) => seconds))).toFixed(0);
}

function cpu(rounds: readonly Measured[], messages: number): string {
  const driver = median(rounds.map(({ driverCpu }) => driverCpu)) / messages * 1e6;
  const responder = median(rounds.map(({ responderCpu }) => responderCpu)) / messages * 1e6;
  return `${driver.toFixed(1)} + ${responder.toFixed(1)}`;
}
