/**
 * The server's end: accepts connections, opens streams, keeps the time.
 *
 * @module
 */

import { type Limits, type Session, SessionHost, type TunnelStream } from "../../protocol/mod.ts";
import { TcpTransport } from "../../protocol/transport/tcp.ts";
import type { Operations } from "./operations.ts";
import { PlainChannel } from "./plain_channel.ts";
import { drive, type Job } from "./work.ts";

/** Where the driver listens. */
export interface Ports {
  readonly plain: number;
  readonly tunnel: number;
}

/** How long something took. */
export interface Elapsed {
  readonly seconds: number;
}

const plain: PlainChannel[] = [];
const sessions: Session[] = [];
let tcp: Deno.TcpListener;
let tunnels: Deno.TcpListener;
let host: SessionHost<string>;

function listen({ limits }: { limits: Partial<Limits> }): Ports {
  tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  tunnels = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 4096 });
  host = new SessionHost<string>({
    agent: "bench/server",
    limits,
    user: {
      authenticate: (hello) => Promise.resolve(hello.agent),
      reauthenticate: () => Promise.resolve(),
      onSession: (session) => {
        sessions.push(session);
        return { onStream() {}, onControl() {}, onPaused() {}, onResumed() {} };
      },
    },
  });
  return { plain: tcp.addr.port, tunnel: tunnels.addr.port };
}

async function acceptPlain(
  { count, readBytes }: { count: number; readBytes?: number },
): Promise<void> {
  for (let i = 0; i < count; i++) plain.push(new PlainChannel(await tcp.accept(), readBytes));
}

async function acceptTunnels({ count }: { count: number }): Promise<void> {
  for (let i = 0; i < count; i++) {
    const accepted = await host.accept(new TcpTransport(await tunnels.accept()));
    if (accepted.kind !== "started") throw new Error(`Cannot start: ${JSON.stringify(accepted)}`);
  }
}

/** The job of each stream travels where a visitor's address would. */
function open(session: number, job: Job): TunnelStream {
  return sessions[session]!.open({ kind: "tcp", tunnel: 0, visitor: JSON.stringify(job) });
}

async function runTunnel(
  { session = 0, streams = 1, ...job }: Job & { session?: number; streams?: number },
): Promise<Elapsed> {
  const opened = Array.from({ length: streams }, () => open(session, job));
  const started = performance.now();
  await Promise.all(opened.map((stream) => drive(stream, job)));
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(opened.map(endStream));
  return { seconds };
}

async function endStream(stream: TunnelStream): Promise<void> {
  await stream.end();
  while (await stream.read() !== null);
}

/** Opens streams that stay, on which nothing happens. */
function openIdle({ session = 0, streams }: { session?: number; streams: number }): void {
  for (let i = 0; i < streams; i++) open(session, { work: "idle", amount: 0 });
}

async function runPlain({ streams = 1, ...job }: Job & { streams?: number }): Promise<Elapsed> {
  const line = new TextEncoder().encode(`${JSON.stringify(job)}\n`);
  const used = plain.slice(0, streams);
  const started = performance.now();
  await Promise.all(used.map(async (channel) => {
    await channel.write(line);
    await drive(channel, job);
  }));
  return { seconds: (performance.now() - started) / 1000 };
}

/** What a driver can be asked. */
export const DRIVER: Operations = {
  listen,
  acceptPlain,
  acceptTunnels,
  runTunnel,
  openIdle,
  runPlain,
};
