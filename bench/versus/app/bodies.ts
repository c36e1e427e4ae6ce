/**
 * Large bodies: given, taken, and never ending.
 *
 * @module
 */

import { CHUNKED_BODY, createBodyDecoder } from "../../../protocol/http1/mod.ts";
import { writeAll } from "./write_all.ts";

/** What a body is made of; large, so that the app's share of the cost stays small. */
const BLOCK = new Uint8Array(256 * 1024).fill(0x78);

const ascii = new TextEncoder();

/** Gives a body of so many bytes. */
export async function answerBytes(connection: Deno.TcpConn, length: number): Promise<void> {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n" +
    `Content-Length: ${length}\r\n\r\n`;
  await writeAll(connection, ascii.encode(head));
  for (let left = length; left > 0;) {
    left -= await connection.write(left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK);
  }
}

/** Begins an answer and waits until the peer has gone. */
export async function answerHang(connection: Deno.TcpConn): Promise<void> {
  await writeAll(
    connection,
    ascii.encode(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
  );
  const rest = new Uint8Array(64);
  while (await connection.read(rest) !== null);
}

/** Takes the body of which `rest` is here, and gives its length. */
export async function takeBody(
  connection: Deno.TcpConn,
  head: string,
  rest: Uint8Array,
): Promise<number> {
  if (/\r\nexpect: *100-continue\r\n/i.test(head)) {
    await writeAll(connection, ascii.encode("HTTP/1.1 100 Continue\r\n\r\n"));
  }
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) {
    return /\r\ntransfer-encoding: *chunked/i.test(head) ? await takeChunked(connection, rest) : 0;
  }
  const whole = Number(length);
  let left = whole - rest.length;
  const buffer = left > 0 ? new Uint8Array(Math.min(left, BLOCK.length)) : rest;
  while (left > 0) {
    const read = await connection.read(buffer.subarray(0, Math.min(left, buffer.length)));
    if (read === null) throw new Deno.errors.ConnectionReset("The body ended early");
    left -= read;
  }
  return whole;
}

async function takeChunked(connection: Deno.TcpConn, rest: Uint8Array): Promise<number> {
  const body = createBodyDecoder(CHUNKED_BODY);
  let length = 0;
  const count = (data: Uint8Array) => length += data.length;
  body.push(rest, 0, count);
  const buffer = new Uint8Array(BLOCK.length);
  while (!body.done) {
    const read = await connection.read(buffer);
    if (read === null) throw new Deno.errors.ConnectionReset("The body ended early");
    body.push(buffer.subarray(0, read), 0, count);
  }
  return length;
}
