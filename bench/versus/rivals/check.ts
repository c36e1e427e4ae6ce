/**
 * What `deno task rivals:check [NAME...]` runs: starts every contender, or those named, sends 100
 * requests and an upload of 1 MiB through it, stops it, and prints a table. Fails if one that is
 * here does not do its work, or leaves a process or a port behind.
 *
 * @module
 */

import { Agent, request } from "node:http";
import { encodeHex } from "@std/encoding/hex";
import { print } from "../../protocol/print.ts";
import type { Contender, Running } from "../contender.ts";
import { CONTENDERS } from "./contenders.ts";
import { descendantsOf, isRunning } from "./kernel.ts";

const REQUESTS = 100;
const CONNECTIONS = 8;
const UPLOAD_BYTES = 1_048_576;
const PATIENCE_MS = 10_000;

/** What became of one contender. */
interface Row {
  readonly name: string;
  readonly version: string;
  readonly outcome: string;
  readonly isGood: boolean;
}

const rows: Row[] = [];
{
  await using app = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  for (const contender of CONTENDERS) {
    if (Deno.args.length > 0 && !Deno.args.some((word) => contender.name.startsWith(word))) {
      continue;
    }
    const row = await check(contender, app.addr);
    print(`${row.name.padEnd(34)} ${row.version.padEnd(16)} ${row.outcome}`);
    rows.push(row);
  }
}
const failed = rows.filter(({ isGood }) => !isGood);
print(`${rows.length} contenders, ${failed.length} failed`);
if (failed.length > 0 || rows.length === 0) Deno.exit(1);

/** The app: something small, or what came in. */
async function answer(visit: Request): Promise<Response> {
  if (visit.method !== "POST") return new Response("small");
  return new Response(await digest(await visit.bytes()));
}

async function check(contender: Contender, app: Deno.NetAddr): Promise<Row> {
  const { name } = contender;
  const availability = await contender.availability();
  if ("missing" in availability) {
    return { name, version: "-", outcome: `missing: ${availability.missing}`, isGood: true };
  }
  const { version } = availability;
  try {
    const outcome = await startUseStop(contender, app);
    return { name, version, outcome, isGood: true };
  } catch (error) {
    return { name, version, outcome: `FAILED: ${String(error)}`, isGood: false };
  }
}

async function startUseStop(contender: Contender, app: Deno.NetAddr): Promise<string> {
  let family: readonly number[] = [];
  let entrance: Running;
  let words: string;
  {
    await using running = entrance = await contender.start({ app });
    const startedAt = performance.now();
    await use(running);
    words = `ready after ${running.connectMs.toFixed(0)} ms, ` +
      `used for ${(performance.now() - startedAt).toFixed(0)} ms`;
    family = running.processes.flatMap(({ pid }) => [pid, ...descendantsOf(pid)]);
  }
  const left = family.filter(isRunning);
  if (left.length > 0) throw new Error(`processes are left: ${left.join(", ")}`);
  if (family.length > 0 && await accepts(entrance.address)) throw new Error("its port is open");
  return `${words}, stopped ${family.length} processes`;
}

async function use(running: Running): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, () => send(running, agent, "GET")),
    );
    if (!answers.every((body) => body === "small")) throw new Error("an answer is wrong");
    const upload = new Uint8Array(UPLOAD_BYTES).map((_, i) => i * 31);
    const returned = await send(running, agent, "POST", upload);
    if (returned !== await digest(upload)) throw new Error(`the upload is wrong: ${returned}`);
  } finally {
    agent.destroy();
  }
}

/** Sends a request with the Host that the contender wants, which `fetch` would not. */
function send(
  { address: { hostname, port }, host }: Running,
  agent: Agent,
  method: string,
  body?: Uint8Array,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { host, ...(body === undefined ? {} : { "content-length": body.length }) };
  const outgoing = request({ hostname, port, method, path: "/", agent, headers }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (piece: string) => text += piece)
      .on("end", () => response.statusCode === 200 ? resolve(text) : reject(new Error(text)))
      .on("error", reject);
  });
  outgoing.on("error", reject);
  outgoing.setTimeout(PATIENCE_MS, () => outgoing.destroy(new Error("no answer")));
  outgoing.end(body);
  return promise;
}

async function accepts({ hostname, port }: Deno.NetAddr): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ hostname, port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeHex(await crypto.subtle.digest("SHA-256", bytes));
}
