/**
 * A client with a fault, to see that the suite finds it: the reference client behind
 * a proxy that changes its records.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { encodeRecord, RecordType } from "../../protocol/link/record.ts";
import { RecordDecoder } from "../../protocol/link/record_decoder.ts";
import type { RunningSubject, Subject } from "./client_suite/subject.ts";
import { runReferenceClient } from "./reference_client.ts";

/** What becomes of a record that the client sends; nothing if it is `undefined`. */
export type Fault = (type: number, payload: Uint8Array) => Uint8Array | undefined;

/** The reference client, in this process. */
export const referenceSubject: Subject = ({ TUN_ENDPOINT, TUN_TOKEN }) =>
  runAt(Number(new URL(TUN_ENDPOINT.replace(/^tcp:/, "http:")).port), TUN_TOKEN);

/** The reference client with a fault. */
export function faultySubject(fault: Fault): Subject {
  return ({ TUN_ENDPOINT, TUN_TOKEN }) => {
    const port = Number(new URL(TUN_ENDPOINT.replace(/^tcp:/, "http:")).port);
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = serve(listener, port, fault);
    const client = runAt(listener.addr.port, TUN_TOKEN);
    const exited = client.exited.then(async (code) => {
      listener.close();
      await serving;
      return code;
    });
    return { exited, stop: () => client.stop() };
  };
}

function runAt(port: number, token: string): RunningSubject {
  const stop = new AbortController();
  const exited = runReferenceClient({ hostname: "127.0.0.1", port, token, signal: stop.signal });
  return { exited, stop: () => stop.abort() };
}

async function serve(listener: Deno.TcpListener, port: number, fault: Fault): Promise<void> {
  const work: Promise<void>[] = [];
  for await (const conn of listener) {
    work.push(
      (async () => {
        const server = await Deno.connect({ hostname: "127.0.0.1", port });
        const decoder = new RecordDecoder({
          onData: (piece) => void out.push(fault(RecordType.data, piece)),
          onRecord: (type, payload) => out.push(fault(type, payload)) > 0,
        });
        let out: (Uint8Array | undefined)[] = [];
        await Promise.all([
          pass(server, conn, (bytes) => bytes),
          pass(conn, server, (bytes) => {
            out = [];
            decoder.push(bytes);
            return concat(out.filter((record) => record !== undefined));
          }),
        ]);
      })().catch(() => {}),
    );
  }
  await Promise.all(work);
}

async function pass(
  from: Deno.Conn,
  to: Deno.Conn,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      const size = await from.read(buffer);
      if (size === null) break;
      const bytes = change(buffer.subarray(0, size));
      for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
    }
  } catch {
    // One end has gone, and so does the other.
  }
  for (const conn of [from, to]) {
    try {
      conn.close();
    } catch {
      // It is gone already.
    }
  }
}

/** The record unchanged. */
export const faultless: Fault = (type, payload) => encodeRecord(type, payload);
