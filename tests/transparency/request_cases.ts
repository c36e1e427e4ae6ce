/**
 * Requests: what of them reaches the app.
 *
 * @module
 */

import {
  allBytes,
  answers,
  askedWith,
  chunked,
  HOST,
  OK,
  request,
  response,
  simple,
} from "./cases.ts";
import type { Case } from "./run_case.ts";

/** Methods, also those that `fetch` refuses, and those that nobody knows. */
export const METHODS: readonly Case[] = [
  ...["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE", "PROPFIND", "REPORT"],
  ...["M-SEARCH", "QUERY", "get", "Post", "x", "!#$%&'*+-.^_`|~09azAZ", "A".repeat(64)],
].map((method) => simple(`method ${method}`, request(`${method} /m`)));

/** Targets, none of them normalised. */
export const TARGETS: readonly Case[] = [
  ...["/", "//", "///a//b//", "/a/./b/../c", "/..", "/../../etc/passwd", "/%2e%2e/%2F", "/a%20b+c"],
  ...["/?", "/??", "/?a=1&a=2&a", "/?a=%zz&%", '/?a[]=1&b{}=|\\^`"<>', "/;v=1;w", "/a:b@c", "/~u"],
  ...[
    "/foo/bar?x=1&y=2",
    "/?url=http://example.com/a?b=c",
    "/%E2%82%AC%00",
    "/a//?//b",
    "/*",
    "/'",
  ],
  ...["/index.html?", "/?=", "/?&&", `/${"long/".repeat(3000)}`, `/?q=${"x".repeat(15_000)}`],
  ...["http://app.localhost/abs?x", "http://APP.localhost", "http://app.localhost?q"],
].map((target) => simple(`target ${target.slice(0, 40)}`, request(`GET ${target}`))).concat(
  simple("target *", request("OPTIONS *")),
);

const COOKIES = Array.from({ length: 150 }, (_, n) => `Cookie: c${n}=${"v".repeat(n)}`);
const LARGE = Array.from({ length: 64 }, (_, n) => `X-Large-${n}: ${"y".repeat(1012)}`);

/** Headers, in their order and case. */
export const HEADERS: readonly Case[] = [
  ["duplicates", "X-A: 1", "X-B: 2", "X-A: 3", "x-a: 4", "X-A: 1"],
  ["odd case", "uSER-aGENT: x", "ACCEPT: */*", "accept-ENCODING: br", "x_under: score"],
  ["odd names", "!#$%&'*+-.^_`|~: v", "1: 2", "x: y"],
  ["empty values", "X-Empty:", "X-Space:    ", "X-Tab:\t", "Accept:"],
  ["space around values", "X-A:none", "X-B:   three", "X-C: behind   ", "X-D:\ttab\t \t"],
  ["space inside values", "X-A: a   b\tc", 'X-Q: "a, b" ; c="\\""'],
  ["high bytes", `X-Utf8: \xe2\x82\xac`, `X-Latin: ${allBytes(256).slice(0xa0)}`],
  ["many cookies", ...COOKIES],
  ["64 KiB", ...LARGE],
  ["one of 60 KiB", `X-One: ${"z".repeat(60_000)}`],
  ["250 of them", ...Array.from({ length: 250 }, (_, n) => `X-${n}: ${n}`)],
  ["credentials", "Authorization: Basic dTpw", "Proxy-Authorization: Basic dTpw", "Cookie: a=b"],
  ["conditions", 'If-None-Match: W/"x", "y"', "If-Modified-Since: x", 'If-Range: "a"'],
  ["ranges", "Range: bytes=0-1,5-", "Accept-Ranges: none"],
  [
    "what browsers send",
    "Sec-Fetch-Mode: navigate",
    'sec-ch-ua: "x";v="1"',
    "DNT: 1",
    "Priority: u=0, i",
  ],
  ["origin and referer", "Origin: https://evil.example", "Referer: http://app.localhost/a?b"],
  ["webhook signatures", "Stripe-Signature: t=1,v1=ab,v0=cd", "X-Hub-Signature-256: sha256=00"],
  ["traces", "traceparent: 00-0-0-01", "tracestate: a=b, c=d", "baggage: x=y;z"],
  ["Via of others", "Via: 1.0 fred, 1.1 p.example (Apache/1.1)", "Via: HTTP/2.0 other"],
  [
    "what rivals reserve",
    "X-Tunnel-Id: 1",
    "tun-error: fake",
    "X-Request-Id: a",
    "Max-Forwards: 0",
  ],
  ["hop by hop", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "X-Stays: 1"],
  [
    "named by Connection",
    "Connection: X-Gone, x-GONE-too",
    "X-Gone: 1",
    "X-Gone-Too: 2",
    "X-Stays: 3",
  ],
  ["TE: trailers", "Connection: TE", "TE: trailers"],
  ["TE with others", "Connection: te", "TE: gzip;q=0.5, trailers"],
  ["TE without trailers", "Connection: TE", "TE: gzip"],
  ["Upgrade alone", "Upgrade: websocket"],
  [
    "claims of an origin",
    "X-Forwarded-For: 1.2.3.4",
    "X-FORWARDED-PROTO: https",
    "X-Forwarded-Host: a",
  ],
  ["further claims", "Forwarded: for=1.2.3.4", "X-Forwarded-Port: 1", "X-Forwarded-Server: b"],
].map(([name, ...lines]) => simple(`headers: ${name}`, request("GET /h", lines)));

/** What a proxy of ours may say of the visitor. */
export const TRUSTED: readonly Case[] = [
  ["nothing"],
  ["X-Forwarded-For", "X-Forwarded-For: 203.0.113.9"],
  [
    "two of them",
    "X-Forwarded-For: 203.0.113.9",
    "A: b",
    "x-forwarded-for: 198.51.100.2, 10.0.0.1",
  ],
  ["X-Forwarded-Proto", "X-Forwarded-Proto: https"],
  ["X-Forwarded-Host", "X-Forwarded-Host: shop.example"],
  ["Forwarded", "Forwarded: for=203.0.113.9;proto=https"],
].map(([name, ...lines]) => simple(`behind a proxy: ${name}`, request("GET /t", lines)));

/** Hosts, as the visitor wrote them. */
export const HOSTS: readonly Case[] = [
  "APP.Localhost",
  "app.localhost:8080",
  "app.localhost.",
  "app.localhost:80",
].map((host) =>
  simple(`Host ${host}`, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
).concat(
  simple(
    "Host last",
    `GET / HTTP/1.1\r\nA: b\r\nhOST:app.localhost  \r\nConnection: close\r\n\r\n`,
  ),
);

const BODY = allBytes(1000);
const LENGTH = (body: string) => `Content-Length: ${body.length}`;
const CHUNKED = "Transfer-Encoding: chunked";
const HUGE = allBytes(3_000_000);

/** Bodies, in every framing. */
export const BODIES: readonly Case[] = [
  ...["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "PURGE"].map((method) =>
    simple(
      `${method} with a body`,
      request(`${method} /b`, [LENGTH(BODY)], BODY),
      method === "HEAD" ? response("200 OK", ["Content-Length: 2"]) : OK,
    )
  ),
  simple("no length on POST", request("POST /b")),
  simple("Content-Length: 0", request("POST /b", ["Content-Length: 0"])),
  simple("one byte", request("POST /b", ["Content-Length: 1"], "\0")),
  simple("16 KiB", request("POST /b", [LENGTH(allBytes(16_384))], allBytes(16_384))),
  simple("16 KiB and one", request("POST /b", [LENGTH(allBytes(16_385))], allBytes(16_385))),
  simple("3 MB", request("POST /b", [LENGTH(HUGE)], HUGE)),
  simple("chunked", request("POST /b", [CHUNKED], chunked(["hello", " ", BODY]))),
  simple("chunked, in the middle", request("POST /b", ["A: 1", CHUNKED, "B: 2"], chunked(["x"]))),
  simple("chunked, 3 MB", request("POST /b", [CHUNKED], chunked([HUGE, "end"]))),
  simple("chunked, a byte each", request("PUT /b", [CHUNKED], chunked([...BODY]))),
  simple("chunked, empty", request("POST /b", [CHUNKED], chunked([]))),
  simple("chunked on GET", request("GET /b", [CHUNKED], chunked(["x"]))),
  simple(
    "chunked with extensions",
    request("POST /b", [CHUNKED], '3;a=b;c\r\nabc\r\n00000002;x="y"\r\nde\r\n0;end\r\n\r\n'),
  ),
  simple(
    "trailers",
    request("POST /b", ["Trailer: X-Sum", CHUNKED], chunked([BODY], ["X-Sum: 1", "x-SUM:  2 "])),
  ),
  simple("trailers without a body", request("POST /b", [CHUNKED], chunked([], ["X-T: 1"]))),
  simple("trailers behind 3 MB", request("POST /b", [CHUNKED], chunked([HUGE], ["X-T: 1"]))),
  ...["gzip", "br", "deflate", "zstd", "gzip, br"].map((coding) =>
    simple(
      `Content-Encoding: ${coding}, which it is not`,
      request("POST /b", [`Content-Encoding: ${coding}`, LENGTH(BODY)], BODY),
    )
  ),
  simple(
    "multipart",
    request("POST /b", ["Content-Type: multipart/form-data; boundary=x", LENGTH(BODY)], BODY),
  ),
  {
    ...simple("a body in slow pieces", request("POST /b", [LENGTH(BODY)], BODY)),
    visitor: async (visitor) => {
      await visitor.send(request("POST /b", [LENGTH(BODY)]));
      for (let at = 0; at < BODY.length; at += 100) {
        await visitor.send(BODY.slice(at, at + 100));
        // A turn of the loop, so that the pieces do not travel together.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
  },
  {
    ...simple("a head in single bytes", request("GET /slow", ["X: y"])),
    visitor: async (visitor) => {
      for (const character of request("GET /slow", ["X: y"])) await visitor.send(character);
    },
  },
];

const KEPT = `GET /1 HTTP/1.1\r\n${HOST}\r\n\r\n`;

/** More than one request on a connection, and visitors of HTTP/1.0. */
export const CONNECTIONS: readonly Case[] = [
  sequence("two one after the other", [KEPT, request("GET /2")], "in turn"),
  sequence("two in one go", [KEPT, request("GET /2")], "at once"),
  sequence(
    "ten in one go, some with bodies",
    [
      KEPT,
      `POST /b HTTP/1.1\r\n${HOST}\r\nContent-Length: 3\r\n\r\nabc`,
      `POST /c HTTP/1.1\r\n${HOST}\r\n${CHUNKED}\r\n\r\n${chunked(["defg"], ["T: 1"])}`,
      ...Array.from({ length: 6 }, () => KEPT),
      request("GET /last"),
    ],
    "at once",
  ),
  sequence("a line end before the second", [KEPT, `\r\n${request("GET /2")}`], "in turn"),
  sequence(
    "keep-alive said",
    [`GET /1 HTTP/1.1\r\n${HOST}\r\nConnection: keep-alive\r\n\r\n`, request("GET /2")],
    "in turn",
  ),
  sequence(
    "HTTP/1.0 that keeps its connection",
    [
      `GET /1 HTTP/1.0\r\n${HOST}\r\nConnection: keep-alive\r\n\r\n`,
      `GET /2 HTTP/1.0\r\n${HOST}\r\n\r\n`,
    ],
    "in turn",
  ),
  simple("HTTP/1.0", `GET /0 HTTP/1.0\r\n${HOST}\r\n\r\n`),
  simple("HTTP/1.0 with a body", `POST /0 HTTP/1.0\r\n${HOST}\r\nContent-Length: 2\r\n\r\nhi`),
  simple("HTTP/1.0 without Host", "GET http://app.localhost/x HTTP/1.0\r\n\r\n"),
  simple(
    "HTTP/1.0 gets no chunks",
    `GET /0 HTTP/1.0\r\n${HOST}\r\n\r\n`,
    response("200 OK", [CHUNKED], chunked(["a", "b"])),
  ),
];

function sequence(name: string, requests: readonly string[], how: "in turn" | "at once"): Case {
  return {
    name,
    visitor: async (visitor) => {
      if (how === "at once") return await visitor.send(requests.join(""));
      for (const [index, text] of requests.entries()) {
        await visitor.send(text);
        if (index === requests.length - 1) break;
        await visitor.body(await visitor.head());
      }
    },
    app: answers(OK),
    asked: requests.map((text) => askedWith(text.trimStart())),
  };
}
