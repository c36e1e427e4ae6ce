/**
 * What ten thousand streams cost on which nothing happens: memory, and time for
 * each message of the streams beside them. Two sessions between the same
 * processes, one with and one without them, take turns.
 *
 * @module
 */

import { type Measured, Pair } from "./pair.ts";
import { summarize } from "./statistics.ts";
import { printTable } from "./table.ts";

const LIMITS = { streams: 16_384, initialWindow: 4096 } as const;
const ACTIVE = 64;

/** Runs and prints it; `messages` a round, over all active streams. */
export async function benchIdleStreams(
  { idle, messages, rounds }: {
    readonly idle: number;
    readonly messages: number;
    readonly rounds: number;
  },
): Promise<void> {
  await using pair = await Pair.start(LIMITS);
  await pair.connectTunnels(2);
  const job = { work: "ping", amount: Math.ceil(messages / ACTIVE) } as const;
  const run = (session: number) => pair.run("tunnel", job, { streams: ACTIVE, session });
  await run(0);
  await run(1);
  const before = await usage(pair);
  await pair.driver.ask("openIdle", { session: 1, streams: idle });
  await run(1);
  const after = await usage(pair);
  const without: Measured[] = [];
  const beside: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    // Whoever goes second finds warmer caches, so that changes as well.
    if (round % 2 === 0) without.push(await run(0));
    beside.push(await run(1));
    if (round % 2 === 1) without.push(await run(0));
  }
  const total = job.amount * ACTIVE;
  const growth = summarize(beside.map((round, i) => 100 * (cost(round) / cost(without[i]!) - 1)));
  printTable(
    `Messages on ${ACTIVE} streams beside ${idle} idle ones, median of ${rounds} rounds`,
    ["", "none idle", `${idle} idle`, "change"],
    [
      ["CPU µs/message, both ends", us(without, total), us(beside, total), percent(growth)],
      ["messages/s", rate(without, total), rate(beside, total), ""],
      [
        "RSS bytes per idle stream, server",
        "",
        ((after.driver - before.driver) / idle).toFixed(0),
        "",
      ],
      [
        "RSS bytes per idle stream, client",
        "",
        ((after.responder - before.responder) / idle).toFixed(0),
        "",
      ],
    ],
  );
}

async function usage(pair: Pair): Promise<{ driver: number; responder: number }> {
  const [driver, responder] = await Promise.all([
    pair.driver.usage(true),
    pair.responder.usage(true),
  ]);
  return { driver: driver.rss, responder: responder.rss };
}

/** Processor time, because other programs on the machine do not add to it. */
function cost({ driverCpu, responderCpu }: Measured): number {
  return driverCpu + responderCpu;
}

function us(rounds: readonly Measured[], messages: number): string {
  return (summarize(rounds.map(cost)).median / messages * 1e6).toFixed(2);
}

function rate(rounds: readonly Measured[], messages: number): string {
  return (messages / summarize(rounds.map(({ seconds }) => seconds)).median).toFixed(0);
}

function percent({ median, least, most }: ReturnType<typeof summarize>): string {
  return `${sign(median)} % (${sign(least)} to ${sign(most)})`;
}

function sign(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}
