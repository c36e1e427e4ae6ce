/**
 * Turning an HTTP/1.1 connection into a raw one: `Upgrade: tun`.
 *
 * @module
 */

import { type AnswerHead, valuesOf } from "./http_answer.ts";
import { DEFAULT_TARGET, switchProtocols, type UpgradeOptions } from "./http_upgrade.ts";
import { describeAddress, TcpTransport } from "./tcp.ts";
import { type Transport, TransportError } from "./transport.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e]*$/;
const TARGET = /^\/[\x21-\x7e]*$/;

/**
 * Asks the server at the other end of `conn` to speak the tunnel protocol from
 * here on. The connection is used up, also by a failure. Bytes that came with
 * the 101 are the first that the transport reads.
 *
 * @throws {UpgradeRefusedError} The answer is not 101.
 * @throws {TransportError} `carrier_violation` for an answer that is not proper
 * HTTP or not this upgrade, `connection_lost` for one that does not come.
 * @throws The signal's reason, once it is aborted.
 */
export async function upgradeConnection(
  conn: Deno.Conn,
  options: UpgradeOptions,
): Promise<Transport> {
  const secure = "handshake" in conn;
  const peer = describeAddress(conn.remoteAddr);
  const request = () => requestBytes(options);
  const leading = await switchProtocols(conn, request, checkSwitch, options.signal);
  return new TcpTransport(conn, { kind: "upgrade", secure, peer, leading });
}

/**
 * @throws {TransportError} `carrier_violation`: the 101 is not for our request.
 */
function checkSwitch(head: AnswerHead): void {
  const upgrade = valuesOf(head, "upgrade");
  const connection = valuesOf(head, "connection").flatMap((value) => value.split(","));
  const wrong = upgrade.length !== 1 || upgrade[0]!.toLowerCase() !== "tun"
    ? "does not switch to tun"
    : !connection.some((option) => option.trim().toLowerCase() === "upgrade")
    ? "does not name Upgrade in Connection"
    : valuesOf(head, "content-length").length + valuesOf(head, "transfer-encoding").length > 0
    ? "announces a body"
    : null;
  if (wrong !== null) {
    throw new TransportError("carrier_violation", `The server's 101 ${wrong}`);
  }
}

/** The request. Values are checked: a line break in one would be a second field. */
function requestBytes(options: UpgradeOptions): Uint8Array {
  const { host, target = DEFAULT_TARGET, fields = [] } = options;
  if (!TARGET.test(target)) throw new TypeError("Cannot ask for a target with such bytes");
  let text = `GET ${target} HTTP/1.1\r\n`;
  const own = [["Host", host], ["Upgrade", "tun"], ["Connection", "Upgrade"]] as const;
  for (const [name, value] of [...own, ...fields]) {
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) {
      throw new TypeError(`Cannot send the field ${JSON.stringify(name)}: it is not valid`);
    }
    text += `${name}: ${value}\r\n`;
  }
  return new TextEncoder().encode(text + "\r\n");
}
