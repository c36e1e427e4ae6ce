/**
 * Responses: what of them reaches the visitor.
 *
 * @module
 */

import {
  allBytes,
  answers,
  answersAndCloses,
  chunked,
  HOST,
  OK,
  request,
  response,
  simple,
} from "./cases.ts";
import type { Case } from "./run_case.ts";

const GET = request("GET /r");

function to(name: string, text: string): Case {
  return simple(name, GET, text);
}

/** Statuses and their reasons. */
export const STATUSES: readonly Case[] = [
  ...[
    200,
    201,
    202,
    203,
    205,
    206,
    207,
    208,
    226,
    299,
    300,
    400,
    401,
    402,
    403,
    404,
    405,
    406,
    407,
  ],
  ...[
    408,
    409,
    410,
    411,
    412,
    413,
    414,
    415,
    416,
    417,
    418,
    421,
    422,
    423,
    424,
    425,
    426,
    428,
    429,
  ],
  ...[431, 451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511, 520, 599],
].map((status) =>
  to(`status ${status}`, response(`${status} Some Reason`, ["Content-Length: 2"], "ok"))
)
  .concat(
    ...[301, 302, 303, 307, 308].map((status) =>
      to(
        `redirect ${status}`,
        response(`${status} Moved`, ["Location: http://localhost:3000/x?y#z", "Content-Length: 0"]),
      )
    ),
    ...[204, 304].map((status) =>
      to(`status ${status}`, response(`${status} Nothing`, ['ETag: "x"']))
    ),
    to("304 with a length", response("304 Not Modified", ["Content-Length: 1234"])),
    to("204 with length 0", response("204 No Content", ["Content-Length: 0"])),
    ...["", "OK", "  two  spaces ", "\ttab", "\xc3\xa9t\xe9", "200 OK HTTP/1.1", "r".repeat(500)]
      .map(
        (reason) =>
          to(`reason ${reason.slice(0, 20)}`, response(`200 ${reason}`, ["Content-Length: 0"])),
      ),
    to("no reason and no space", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"),
  );

const COOKIES = Array.from({ length: 60 }, (_, n) => `Set-Cookie: c${n}=${n}; Path=/; HttpOnly`);

/** Headers of responses. */
export const RESPONSE_HEADERS: readonly Case[] = [
  ["cookies", ...COOKIES],
  [
    "duplicates",
    "X-A: 1",
    "x-a: 2",
    "Vary: a",
    "vary: b",
    "WWW-Authenticate: a",
    "WWW-Authenticate: b",
  ],
  ["odd case and space", "sERVER:x", "X-B:   y  ", "X-Empty:", "x_c: \t d"],
  ["high bytes", `X-Utf8: \xe2\x82\xac`, `X-Latin: ${allBytes(256).slice(0xa0)}`],
  ["64 KiB", ...Array.from({ length: 64 }, (_, n) => `X-${n}: ${"y".repeat(1014)}`)],
  [
    "hop by hop",
    "Connection: keep-alive, X-Gone",
    "Keep-Alive: timeout=5",
    "X-Gone: 1",
    "X-Stays: 2",
  ],
  ["Connection: close", "Connection: close"],
  ["Proxy-Connection", "Proxy-Connection: keep-alive"],
  ["Upgrade offered", "Upgrade: h2c"],
  ["no Date, own Server", "Server: Werkzeug/3", "X-Powered-By: PHP"],
  ["a Date", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "Age: 0", "Via: 1.1 cdn.example"],
  [
    "security",
    "Strict-Transport-Security: max-age=1",
    "Content-Security-Policy: default-src 'self'",
  ],
  ["caching", "Cache-Control: no-store", "Expires: 0", 'ETag: W/"a"', "Last-Modified: x"],
  ["early hints", "Link: </a.css>; rel=preload", "Link: </b.js>; rel=preload"],
].map(([name, ...lines]) =>
  to(`response headers: ${name}`, response("200 OK", [...lines, "Content-Length: 2"], "ok"))
);

const CHUNKED = "Transfer-Encoding: chunked";
const HUGE = allBytes(3_000_000);

/** Bytes that are what they are named for. */
async function compressed(format: CompressionFormat): Promise<string> {
  const stream = new Blob(["hello ".repeat(1000)]).stream()
    .pipeThrough(new CompressionStream(format));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

const GZIP = await compressed("gzip");

/** Bodies of responses, in every framing. */
export const RESPONSE_BODIES: readonly Case[] = [
  to("length 0", response("200 OK", ["Content-Length: 0"])),
  to("all bytes", response("200 OK", ["Content-Length: 256"], allBytes(256))),
  to("3 MB", response("200 OK", [`Content-Length: ${HUGE.length}`], HUGE)),
  to("chunked", response("200 OK", [CHUNKED], chunked(["a", "bc", allBytes(5000)]))),
  to("chunked, empty", response("200 OK", [CHUNKED], chunked([]))),
  to("chunked, 3 MB", response("200 OK", [CHUNKED], chunked([HUGE.slice(9), HUGE.slice(0, 9)]))),
  to("chunked, a byte each", response("200 OK", [CHUNKED], chunked([...allBytes(500)]))),
  to("chunked in the middle", response("200 OK", ["A: 1", CHUNKED, "B: 2"], chunked(["x"]))),
  to("chunked with extensions", response("200 OK", [CHUNKED], '2;a="b"\r\nhi\r\n0\r\n\r\n')),
  to(
    "trailers",
    response("200 OK", [CHUNKED, "Trailer: X-Sum"], chunked(["abc"], ["X-Sum: 1", "x-SUM:  2 "])),
  ),
  to("trailers without a body", response("200 OK", [CHUNKED], chunked([], ["grpc-status: 0"]))),
  to("trailers behind 3 MB", response("200 OK", [CHUNKED], chunked([HUGE], ["X-T: 1"]))),
  to(
    "gzip stays gzip",
    response("200 OK", ["Content-Encoding: gzip", `Content-Length: ${GZIP.length}`], GZIP),
  ),
  to("gzip in chunks", response("200 OK", ["Content-Encoding: gzip", CHUNKED], chunked([GZIP]))),
  to("not gzip", response("200 OK", ["Content-Encoding: gzip", "Content-Length: 3"], "abc")),
  to(
    "206",
    response("206 Partial Content", ["Content-Range: bytes 0-1/9", "Content-Length: 2"], "ab"),
  ),
  to("no type", response("200 OK", ["Content-Length: 6"], "<html>")),
  simple("until the end", GET, answersAndCloses(response("200 OK", ["A: b"], allBytes(3000)))),
  simple("until the end, 3 MB", GET, answersAndCloses(response("200 OK", [], HUGE))),
  simple("until the end, nothing", GET, answersAndCloses(response("200 OK"))),
  simple(
    "until the end, to HTTP/1.0",
    `GET /r HTTP/1.0\r\n${HOST}\r\n\r\n`,
    answersAndCloses(response("200 OK", ["A: b"], "old")),
  ),
  simple(
    "an app of HTTP/1.0",
    GET,
    answersAndCloses("HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6\r\n\r\nold"),
  ),
  simple(
    "an app of HTTP/1.0 with a length",
    GET,
    "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold",
  ),
  simple(
    "an app of HTTP/1.0 that keeps its connection",
    GET,
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold",
  ),
  simple(
    "Connection: close",
    GET,
    answersAndCloses(OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")),
  ),
  simple("HEAD with a length", request("HEAD /r"), response("200 OK", ["Content-Length: 9999"])),
  simple("HEAD without a length", request("HEAD /r"), response("200 OK", ["ETag: x"])),
  simple("HEAD of chunks", request("HEAD /r"), response("200 OK", ["ETag: x", CHUNKED])),
  simple("HEAD of 404", request("HEAD /r"), response("404 Not Found", ["Content-Length: 10"])),
  {
    ...to("in slow pieces", OK),
    app: async (app, head) => {
      await app.body(head);
      for (const character of response("200 OK", [CHUNKED], chunked(["ab", "c"], ["T: 1"]))) {
        await app.send(character);
        // A turn of the loop, so that the pieces do not travel together.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
  },
];

const HINTS = response("103 Early Hints", ["Link: </a.css>; rel=preload", "link: </b>"]);

/** Informational responses, and bodies that are waited for. */
export const INFORMATIONAL: readonly Case[] = [
  to("103", HINTS + OK),
  to("103 twice", HINTS + HINTS + OK),
  to("102 and 199", response("102 Processing") + response("199 Odd", ["A: b"]) + OK),
  to("100 that nobody asked for", response("100 Continue") + OK),
  simple("103 to HTTP/1.0", `GET /r HTTP/1.0\r\n${HOST}\r\n\r\n`, HINTS + OK),
  {
    ...simple("103, long before the rest", GET),
    visitor: async (visitor) => {
      await visitor.send(GET);
      await visitor.head();
      await visitor.conn.send("");
    },
    app: answers(HINTS + OK),
  },
  expecting("100-continue accepted", {
    app: async (app, head) => {
      await app.send("HTTP/1.1 100 Continue\r\nX-Go: on\r\n\r\n");
      await app.body(head);
      await app.send(OK);
    },
    sendsBody: true,
  }),
  expecting("100-continue refused", {
    app: async (app) => {
      await app.send(response("417 Expectation Failed", ["Content-Length: 2"], "no"));
      await app.conn.closeWrite();
      await app.rest();
    },
    sendsBody: false,
  }),
  expecting("100-continue answered with 401", {
    app: async (app) => {
      await app.send(response("401 Unauthorized", ["Connection: close", "Content-Length: 0"]));
      await app.conn.closeWrite();
      await app.rest();
    },
    sendsBody: false,
  }),
  simple(
    "100-continue that is not waited for",
    request("POST /e", ["Expect: 100-continue", "Content-Length: 3"], "abc"),
    response("100 Continue") + OK,
  ),
  simple(
    "100-continue that is not answered",
    request("POST /e", ["Expect: 100-Continue", "Content-Length: 3"], "abc"),
  ),
];

function expecting(
  name: string,
  { app, sendsBody }: { readonly app: Case["app"]; readonly sendsBody: boolean },
): Case {
  const head = request("POST /e", ["Expect: 100-continue", "Content-Length: 3"]);
  return {
    ...simple(name, head),
    visitor: async (visitor) => {
      await visitor.send(head);
      if (!sendsBody) return;
      await visitor.head();
      await visitor.send("abc");
    },
    app,
  };
}
