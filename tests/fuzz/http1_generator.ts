/**
 * Makes streams of HTTP/1.1 messages from a seed: mostly right, so that they
 * get far, and then wrong in the places where parsers have been known to
 * disagree.
 *
 * @module
 */

import type { StreamKind } from "./http1_message.ts";

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** One stream. */
export interface Stream {
  /** Whose messages it has. */
  readonly kind: StreamKind;
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** True if the responses answer HEAD. */
  readonly noBody: boolean;
  /** True if the sender ends its side behind the bytes. */
  readonly ended: boolean;
}

/** A small seeded generator (mulberry32): the same stream every run. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

// deno-fmt-ignore
const METHODS = [
  "GET", "GET", "GET", "POST", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE",
  "PURGE", "M-SEARCH", "QUERY", "get", "GETX", "FOO", "CONNECT", "PRI", "DESCRIBE", "SOURCE", "G(T", "",
];
// deno-fmt-ignore
const TARGETS = [
  "/", "/", "/a/b?c=d&e=%20f", "//x/../y", "/%2e%2e/%00", "/a?b?c", "/a#b", "*", "*x", "/<>{}|\\^`\"",
  "/é", "http://a.example/", "http://a.example", "http://a.example?x", "HTTPS://A.example:443/x",
  "http://b.example/", "http://u@a.example/", "http://a.example:80/p", "ftp://a.example/", "a.example:443",
  "?a", "", "/a b", "/\t", "/\x7f", "/\0", "/a\r", "http:///x", "http://[::1]/", "http:/a", "/;@[]",
];
const VERSIONS = [
  ..."1.1 1.1 1.1 1.1 1.1 1.1 1.0 1.0 1.2 2.0 0.9 1.10 01.1".split(" ").map((v) => `HTTP/${v}`),
  "http/1.1",
  "HTTP/1,1",
  "HTTP 1.1",
  "RTSP/1.0",
  "ICE/1.0",
  "",
];
const HOSTS = [
  ..."a.example a.example a.example A.EXAMPLE a.example:80 a.example. 127.0.0.1 127.1 [::1]:8080"
    .split(" "),
  ..."[::g] a_b.example a..b .a a: a:0 a:99999 a/b a?b u@a a%2fb 0x7f.1 1.2.3.4.5".split(" "),
  "",
  "a b",
  "a,b",
  "a.example\t",
];
const FRAMINGS = [
  "",
  "",
  "Content-Length: @",
  "Content-Length: @",
  "Content-Length: @",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked",
  "transfer-encoding:CHUNKED",
  "Content-Length:@",
  "Content-Length:  @ ",
  "Content-Length:\t@",
  "Content-Length: @\t",
  "Content-Length: 0@",
  "Content-Length: +@",
  "Content-Length: -@",
  "Content-Length: 0x@",
  "Content-Length: @ @",
  "Content-Length: @, @",
  "Content-Length: @\r\nContent-Length: @",
  "Content-Length: @\r\nContent-Length: 7",
  "Content-Length: 18446744073709551616",
  "Content-Length: 9007199254740993",
  "Content-Length:",
  "Content_Length: @",
  "Content-Length : @",
  "Content-Length: @\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: chunked\r\nContent-Length: @",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked, gzip",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding: chunkedx",
  "Transfer-Encoding: chunked;q=1",
  "Transfer-Encoding: \tchunked",
  "Transfer-Encoding: chunked\t",
  "Transfer-Encoding: chunked ",
  "Transfer-Encoding:  chunked",
  "Transfer-Encoding: \x0bchunked",
  "Transfer-Encoding: ,chunked",
  "Transfer-Encoding: chunked,",
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding:",
  "Transfer-Encoding: chu\r\n nked",
  "Transfer-Encoding\t: chunked",
  " Transfer-Encoding: chunked",
  "Transfer_Encoding: chunked",
  "X: y\r\n Transfer-Encoding: chunked",
  "X: y\nTransfer-Encoding: chunked",
  "X: y\rTransfer-Encoding: chunked",
];
const FIELDS = [
  "Accept: */*",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
  "Cookie: a=b; c=d",
  "cookie: e=f",
  "X-Empty:",
  "X-Empty:   ",
  "X-Spaces:  a  b\t ",
  "X-Latin: \xe9\xff",
  "X-Ctl: a\x01b",
  "X-Nul: a\0b",
  "X-Del: \x7f",
  "X-Tab:\ta\tb",
  "X-Colon: a:b:c",
  "!#$%&'*+-.^_`|~09Az: odd",
  "X(Y): z",
  "X Y: z",
  'X"Y: z',
  "X\xe9: z",
  "NoColon",
  ": empty name",
  "X-Fold: a\r\n b",
  "X-Fold: a\r\n\tb",
  "Connection: close",
  "Connection: keep-alive",
  "Connection: Keep-Alive, X-A",
  "Connection: foo,close",
  "Connection: , close ,",
  "Connection: closex",
  "Connection: close x",
  'Connection: "close"',
  "Connection: keep-alive, close",
  "Connection: upgrade",
  "Connection: content-length",
  "Connection: clo,close",
  "Connection:",
  "Connection:\tclose\t",
  "Connection: upgrade\r\nUpgrade: websocket",
  "Connection: keep-alive, Upgrade\r\nUpgrade: h2c",
  "Connection: Upgrade\r\nUpgrade:",
  "Connection: Upgrade\r\nUpgrade: ,",
  "Proxy-Connection: close",
  "Proxy-Connection: keep-alive",
  "Proxy-Connection: upgrade\r\nUpgrade: x",
  "Upgrade: websocket",
  "Upgrade: a b",
  "Expect: 100-continue",
  "TE: trailers",
  "Keep-Alive: timeout=5",
  "Trailer: X-T",
  "Host: a.example",
  "X-Forwarded-For: 1.2.3.4",
];
const EXTENSIONS = [
  "",
  "",
  "",
  "",
  ";a",
  ";a=b",
  ';a="b c"',
  ';a="\\""',
  ";",
  ";;",
  ";a=",
  "; a",
  " ;a",
];
const MORE_EXTENSIONS = [" ", "\t", ";a b", ';a="', ";a\n", ";\xff", ";a=b;c=d", ';a=b"c"', ";a\r"];
const TRAILERS = [
  "",
  "",
  "",
  "X-T: 1\r\n",
  "X-T: 1\r\nx-t:2\r\n",
  "Content-Length: 5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: close\r\n",
  " X: y\r\n",
  "X : y\r\n",
  "X: y\n",
  "Host: a\r\n",
];
const STATUSES = [
  ..."200 OK|200 OK|200 OK|200|200 |204 No Content|304 Not Modified|206 Partial \xe9|404 Not\tFound"
    .split("|"),
  ..."100 Continue|103 Early Hints|104 x|101 Switching|199 x|099 x|600 x|999 x|20 x|2000 x|205 Reset"
    .split("|"),
  "200  OK",
  "200\tOK",
  "+20 x",
  "200 a\0b",
  "200 a\x7f",
];
const INTERESTING = '\0\x01\t\n\v\f\r "#,-/0159:;=?@AZ[\\]_af|~\x7f\x80\x85\xa0\xff+x';

/** Makes the stream that belongs to what `random` gives next. */
export function generate(random: Random): Stream {
  const kind = random() < 0.7 ? "request" : "response";
  const noBody = kind === "response" && random() < 0.15;
  const count = 1 + Math.floor(random() * 3);
  let text = "";
  for (let i = 0; i < count; i++) {
    text += random() < 0.03 ? pick(random, ["\r\n", "\n", "\r", " ", "\r\n\r\n"]) : "";
    text += message(random, kind, noBody);
  }
  while (random() < 0.3) text = mutate(random, text);
  return {
    kind,
    bytes: Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff),
    noBody,
    ended: random() < 0.5,
  };
}

function message(random: Random, kind: StreamKind, noBody: boolean): string {
  const at = (chance: number) => random() < chance;
  const end = () => at(0.004) ? pick(random, ["\n", "\r", "\r\r\n", "\n\n", " \r\n"]) : "\r\n";
  const space = at(0.005) ? pick(random, ["  ", "\t", "", "\v"]) : " ";
  const body = "x".repeat(Math.floor(random() * 12)) + pick(random, ["", "GET / HTTP/1.1\r\n\r\n"]);
  const framing = at(0.85) ? pick(random, FRAMINGS.slice(0, 10)) : pick(random, FRAMINGS);
  const version = at(0.95) ? "HTTP/1.1" : pick(random, VERSIONS);
  const lines: string[] = [];
  let start: string;
  if (kind === "request") {
    const method = at(0.92) ? pick(random, METHODS.slice(0, 10)) : pick(random, METHODS);
    const target = at(0.88) ? pick(random, TARGETS.slice(0, 6)) : pick(random, TARGETS);
    start = `${method}${space}${target}${space}${version}`;
    if (!at(0.02)) lines.push(`Host: ${at(0.92) ? HOSTS[0] : pick(random, HOSTS)}`);
  } else {
    const status = at(0.75) ? "200 OK" : pick(random, STATUSES);
    start = `${version}${space}${status}`;
  }
  const fields = Math.floor(random() * 4);
  for (let i = 0; i < fields; i++) lines.push(pick(random, at(0.75) ? FIELDS.slice(0, 8) : FIELDS));
  if (framing !== "") {
    const length = at(0.95) ? body.length : Math.floor(random() * 40);
    const text = framing.replaceAll("@", String(length));
    lines.splice(Math.floor(random() * (lines.length + 1)), 0, text);
  }
  const head = `${start}${end()}${lines.map((line) => line + end()).join("")}${end()}`;
  if (noBody || framing === "" || /^0?$/.test(framing)) return head;
  return head + (/chunked/i.test(framing) ? chunked(random, body) : body);
}

function chunked(random: Random, body: string): string {
  const end = () => random() < 0.01 ? pick(random, ["\n", "\r", "", "\r\n\r\n", "x\r\n"]) : "\r\n";
  let text = "";
  for (let at = 0; at < body.length;) {
    const size = 1 + Math.floor(random() * (body.length - at));
    text += hex(random, size) + end() + body.slice(at, at + size) + end();
    at += size;
  }
  return text + hex(random, 0) + end() + pick(random, TRAILERS.slice(0, 6 + random() * 6)) + end();
}

function hex(random: Random, size: number): string {
  const text = size.toString(16);
  const extension = pick(random, EXTENSIONS.slice(0, random() < 0.8 ? 8 : undefined));
  if (random() > 0.03) return text + extension;
  return pick(random, [
    `0${text}`,
    `0x${text}`,
    `+${text}`,
    ` ${text}`,
    `-${text}`,
    text.toUpperCase(),
    `${"0".repeat(15)}${text}`,
    `${"0".repeat(16)}${text}`,
    "ffffffffffffffff",
    "10000000000000000",
    text + pick(random, MORE_EXTENSIONS),
    "",
  ]);
}

function mutate(random: Random, text: string): string {
  const at = Math.floor(random() * text.length);
  const octet = random() < 0.8
    ? INTERESTING[Math.floor(random() * INTERESTING.length)]!
    : String.fromCharCode(Math.floor(random() * 256));
  const kind = Math.floor(random() * 6);
  if (kind === 0) return text.slice(0, at) + octet + text.slice(at + 1);
  if (kind === 1) return text.slice(0, at) + octet + text.slice(at);
  if (kind === 2) return text.slice(0, at) + text.slice(at + 1);
  if (kind === 3) return text.slice(0, at);
  const lines = text.split("\r\n");
  const line = Math.floor(random() * lines.length);
  if (kind === 4) lines.splice(line, 0, lines[Math.floor(random() * lines.length)]!);
  else lines.splice(line, 1);
  return lines.join("\r\n");
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}
