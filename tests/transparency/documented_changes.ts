/**
 * What a message looks like behind the tunnel, by the table in `README.md`: the only differences
 * that a direct connection would not show. Everything else must be equal, byte for byte.
 *
 * @module
 */

import { type Asked, header, type Message, nameOf } from "./message.ts";

/** How the server stands to its visitors. */
export interface Surroundings {
  /** The tunnel's name. */
  readonly name: string;
  /** Whether the server believes what visitors say of those before them. */
  readonly isTrusted: boolean;
  /** Where visitors come from. */
  readonly visitor: string;
}

const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "transfer-encoding"];
const CLAIMS = /^(forwarded|x-forwarded-.*|x-real-ip)$/;
const CONNECTION_OPTIONS = ["close", "keep-alive", "upgrade", "te", ""];

function namedByConnection(lines: readonly string[]): string[] {
  return lines.filter((line) => nameOf(line) === "connection")
    .flatMap((line) => line.slice(line.indexOf(":") + 1).split(","))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => !CONNECTION_OPTIONS.includes(name));
}

function without(lines: readonly string[], names: readonly string[]): string[] {
  return lines.filter((line) => !names.includes(nameOf(line)));
}

/** A list of header lines with the first one of a name rewritten and the others gone. */
function rewritten(lines: readonly string[], name: string, line: string): string[] {
  const index = lines.findIndex((line) => nameOf(line) === name.toLowerCase());
  if (index === -1) return [...lines, line];
  const others = lines.filter((line, at) => at === index || nameOf(line) !== name.toLowerCase());
  return others.map((other) => nameOf(other) === name.toLowerCase() ? line : other);
}

/** Stands for the id of a request that brought none. */
const MADE_REQUEST_ID = "X-Request-Id: (made)";

/** The same lines, with that in the place of an id that the server has made. */
export function withoutMadeIds(lines: readonly string[]): string[] {
  return lines.map((line) => /^X-Request-Id: [0-9a-z]{14}$/.test(line) ? MADE_REQUEST_ID : line);
}

/** A request as the app gets it. */
export function requestBehind(
  request: Message,
  { name, isTrusted, visitor }: Surroundings,
): Message {
  const [method, target, version = ""] = request.start.split(" ");
  const connection = header(request.lines, "connection") ?? "";
  let lines = without(request.lines, [
    ...HOP_BY_HOP,
    "http2-settings",
    ...namedByConnection(request.lines),
  ]);
  if (header(lines, "te") !== undefined) {
    const values = lines.filter((line) => nameOf(line) === "te").join(",");
    lines = /trailers/i.test(values) && /\bte\b/i.test(connection)
      ? rewritten(lines, "TE", keepIfSame(lines, "te", "TE: trailers"))
      : without(lines, ["te"]);
  }
  const upgrade = header(lines, "upgrade");
  const isUpgrade = /\bupgrade\b/i.test(connection) && upgrade !== undefined &&
    !/^h2c$/i.test(upgrade) && !announcesBody(request.lines);
  if (!isUpgrade) lines = without(lines, ["upgrade"]);
  else if (/\bh2c\b/i.test(upgrade)) {
    const others = upgrade.split(",").map((p) => p.trim().toLowerCase()).filter((p) => p !== "h2c");
    lines = rewritten(lines, "Upgrade", `Upgrade: ${others.join(", ")}`);
  }
  const host = header(request.lines, "host");
  lines = isTrusted ? withTrustedClaims(lines, visitor, host) : [
    ...lines.filter((line) => !CLAIMS.test(nameOf(line))),
    `X-Forwarded-For: ${visitor}`,
    "X-Forwarded-Proto: http",
    ...(host === undefined ? [] : [`X-Forwarded-Host: ${host}`]),
  ];
  if (host === undefined) lines.push(`Host: ${new URL(target!).host}`);
  lines.push(`Via: 1.${version.endsWith("0") ? 0 : 1} tun-${name}`);
  if (header(lines, "x-request-id") === undefined) lines.push(MADE_REQUEST_ID);
  if (isUpgrade) lines.push("Connection: Upgrade");
  const { trailers, body } = request;
  // An empty body needs no coding.
  const isChunked = trailers !== undefined && (body !== "" || trailers.length > 0);
  if (isChunked) lines.push("Transfer-Encoding: chunked");
  return { start: `${method} ${target} HTTP/1.1`, lines, body, ...(isChunked ? { trailers } : {}) };
}

/** What follows an upgrade without one is the other protocol's. */
function announcesBody(lines: readonly string[]): boolean {
  const length = Number(header(lines, "content-length") ?? 0);
  return length > 0 || header(lines, "transfer-encoding") !== undefined;
}

function keepIfSame(lines: readonly string[], name: string, line: string): string {
  const all = lines.filter((line) => nameOf(line) === name);
  return all.length === 1 && header(all, name) === "trailers" ? all[0]! : line;
}

function withTrustedClaims(lines: string[], visitor: string, host: string | undefined): string[] {
  const before = lines.filter((line) => nameOf(line) === "x-forwarded-for")
    .map((line) => line.slice(line.indexOf(":") + 1).trim());
  lines = rewritten(
    lines,
    "X-Forwarded-For",
    `X-Forwarded-For: ${[...before, visitor].join(", ")}`,
  );
  if (header(lines, "x-forwarded-proto") === undefined) lines.push("X-Forwarded-Proto: http");
  if (header(lines, "x-forwarded-host") === undefined && host !== undefined) {
    lines.push(`X-Forwarded-Host: ${host}`);
  }
  const forwarded = header(lines, "forwarded");
  return forwarded === undefined
    ? lines
    : rewritten(lines, "Forwarded", `Forwarded: ${forwarded}, for=${visitor};proto=http`);
}

/** What the visitor that gets a response has asked with. */
export interface AskedWith extends Asked {
  /** Of HTTP/1.x. */
  readonly minor: 0 | 1;
  /** Whether it keeps its connection. */
  readonly keepsAlive: boolean;
}

/** A response as the visitor gets it. */
export function responseBehind(response: Message, asked: AskedWith): Message {
  const status = Number(response.start.split(" ")[1]);
  const start = response.start.replace(/^HTTP\/1\.0/, "HTTP/1.1").replace(/^(\S+ \d+)$/, "$1 ");
  const { body, trailers } = response;
  const lines = without(response.lines, [
    ...HOP_BY_HOP,
    ...namedByConnection(response.lines),
    ...(status === 101 || status === 426 ? [] : ["upgrade"]),
  ]);
  if (status === 101) return { start, lines: [...lines, "Connection: Upgrade"], body };
  if (status < 200) return { start, lines, body };
  const isBodiless = asked.method === "HEAD" || status === 204 || status === 304;
  const isOpen = !isBodiless && header(lines, "content-length") === undefined;
  const isChunked = isOpen && asked.minor === 1;
  if (isChunked) lines.push("Transfer-Encoding: chunked");
  const isKept = asked.keepsAlive && (!isOpen || isChunked);
  if (!isKept) lines.push("Connection: close");
  else if (asked.minor === 0) lines.push("Connection: keep-alive");
  return { start, lines, body, ...(isChunked ? { trailers: trailers ?? [] } : {}) };
}
