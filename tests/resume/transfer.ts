/**
 * Moves known bytes both ways over a session whose transports do not last.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { HandshakeFailed } from "../../protocol/errors.ts";
import type { TunnelStream } from "../../protocol/session/stream.ts";
import { type Transport, TransportError } from "../../protocol/transport/transport.ts";
import { SessionPair } from "../support/session_pair.ts";
import { checkContent, contentAt } from "./content.ts";
import type { SeededRandom } from "../support/seeded_random.ts";

/** Two ends of a connection that may break at any time. */
export interface Connection {
  readonly client: Transport;
  readonly server: Transport;
}

/** What is moved and over what. */
export interface TransferOptions {
  /** Bytes in each direction. */
  readonly bytes: number;
  /** The limit of resend memory on both sides. */
  readonly resend: number;
  readonly random: SeededRandom;
  /** Makes the next connection; `undefined` if it broke before it stood. */
  connect(): Promise<Connection | undefined>;
}

/** What a transfer took. */
export interface TransferReport {
  /** How often the session was resumed, as the client saw it. */
  readonly resumes: number;
  /** Resumes that came to nothing because the connection broke in the middle of one. */
  readonly brokenResumes: number;
  readonly mostHeldBytes: number;
}

/**
 * Moves `bytes` each way and checks every one of them.
 *
 * @throws {AssertionError} If resend memory ever exceeds its limit, or is not given back.
 */
export async function transfer(options: TransferOptions): Promise<TransferReport> {
  const { bytes, resend, random, connect } = options;
  const opened = Promise.withResolvers<TunnelStream>();
  const first = await connect();
  assert(first !== undefined, "the first connection has to last for the handshake");
  let brokenResumes = 0;
  let mostHeldBytes = 0;

  const look = () => {
    for (
      const [session, pool] of [[pair.client.session, pair.clientPool], [
        pair.server,
        pair.serverPool,
      ]] as const
    ) {
      const { heldBytes } = session.stats;
      assert(heldBytes <= resend, `${heldBytes} bytes held`);
      assertEquals(pool.lent, heldBytes);
      mostHeldBytes = Math.max(mostHeldBytes, heldBytes);
    }
  };
  const accepts: Promise<unknown>[] = [];
  let isResuming = false;
  const resume = async () => {
    // A connection can break again before the one who asked for it is told that it stands.
    if (isResuming) return;
    isResuming = true;
    while (pair.client.session.state === "paused") {
      look();
      const connection = await connect();
      if (connection === undefined) continue;
      accepts.push(pair.host.accept(connection.server));
      try {
        await pair.client.resume(connection.client);
      } catch (error) {
        if (!(error instanceof TransportError || error instanceof HandshakeFailed)) throw error;
        brokenResumes++;
      }
    }
    isResuming = false;
  };
  const fatal = Promise.withResolvers<never>();
  await using pair = await SessionPair.connect({
    transports: first,
    clientLimits: { resend },
    serverLimits: { resend },
    onStream: opened.resolve,
    onClientPaused: () => void resume().catch(fatal.reject),
  });
  const ours = pair.server.open({ kind: "tcp", tunnel: 0, visitor: "test" });
  const theirs = await opened.promise;
  const all = Promise.all([
    send(ours, bytes, random),
    send(theirs, bytes, random),
    receive(ours, bytes, look),
    receive(theirs, bytes, look),
  ]);
  await Promise.race([all, fatal.promise]);
  await Promise.race([
    Promise.all([pair.server.drained(), pair.client.session.drained()]),
    fatal.promise,
  ]);
  assertEquals([pair.clientPool.lent, pair.serverPool.lent], [0, 0]);
  const { sentBytes, acknowledgedBytes, resumes } = pair.client.session.stats;
  assertEquals(acknowledgedBytes, sentBytes);
  assertEquals(pair.server.received, sentBytes);
  assertEquals(pair.client.session.received, pair.server.stats.sentBytes);
  pair.client.session.close();
  await Promise.all(accepts);
  return { resumes, brokenResumes, mostHeldBytes };
}

async function send(stream: TunnelStream, bytes: number, random: SeededRandom): Promise<void> {
  for (let at = 0; at < bytes;) {
    const piece = contentAt(at, Math.min(bytes - at, random.sizeFrom(1024, 262_144)));
    await stream.write(piece);
    at += piece.length;
  }
  await stream.end();
}

async function receive(stream: TunnelStream, bytes: number, look: () => void): Promise<void> {
  let at = 0;
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
    checkContent(at, piece);
    if (at >>> 20 !== (at += piece.length) >>> 20) look();
  }
  assertEquals(at, bytes);
}
