/**
 * Requests that have split servers from the proxies in front of them, or that
 * no sane client sends, and what each must come to. Also the harmless
 * neighbours of each attack, which must keep working.
 *
 * `\n` in `text` stands for CRLF; `␊`, `␍` and `␀` stand for a bare LF, a bare
 * CR and NUL. Other characters are one byte each.
 *
 * @module
 */

import type { HttpViolationCode } from "../../protocol/http1/mod.ts";

/** One request, perhaps with bytes behind it. */
export interface HostileRequest {
  /** What it tries. */
  readonly name: string;
  /** The bytes. */
  readonly text: string;
  /** The status that answers it, and why; `null` if it is a good request. */
  readonly refused: readonly [status: number, code: HttpViolationCode] | null;
  /** For a good request: its body. @default {""} */
  readonly body?: string;
}

const HOST = "Host: a.example\n";
const POST = `POST / HTTP/1.1\n${HOST}`;

function refused(
  name: string,
  text: string,
  status: number,
  code: HttpViolationCode,
): HostileRequest {
  return { name, text, refused: [status, code] };
}

function accepted(name: string, text: string, body = ""): HostileRequest {
  return { name, text, refused: null, body };
}

/** The bytes of a corpus entry. */
export function bytesOf(request: HostileRequest): Uint8Array {
  const text = request.text.replaceAll("\n", "\r\n")
    .replaceAll("␊", "\n").replaceAll("␍", "\r").replaceAll("␀", "\0");
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** All of them. */
// deno-fmt-ignore
export const HTTP1_CORPUS: readonly HostileRequest[] = [
  // Two lengths.
  refused("CL.TE", `${POST}Content-Length: 6\nTransfer-Encoding: chunked\n\n0\n\nX`, 400, "length_and_transfer_encoding"),
  refused("TE.CL", `${POST}Transfer-Encoding: chunked\nContent-Length: 3\n\n1\nZ\n0\n\n`, 400, "length_and_transfer_encoding"),
  refused("two lengths", `${POST}Content-Length: 5\nContent-Length: 6\n\nhello`, 400, "duplicate_content_length"),
  refused("two equal lengths", `${POST}Content-Length: 5\nContent-Length: 5\n\nhello`, 400, "duplicate_content_length"),
  refused("two lengths in a list", `${POST}Content-Length: 5, 5\n\nhello`, 400, "bad_content_length"),
  // Odd lengths.
  ...["+5", "-5", "0x5", "5 5", "5;a", "5.0", "", " ", "05", "5e0", "5_0", '"5"', "5,", "9007199254740992", "99999999999999999999"]
    .map((length) => refused(`length ${JSON.stringify(length)}`, `${POST}Content-Length: ${length}\n\nhello`, 400, "bad_content_length")),
  refused("length behind a tab", `${POST}Content-Length:\t5\n\nhello`, 400, "bad_content_length"),
  refused("length before a tab", `${POST}Content-Length: 5\t\n\nhello`, 400, "bad_content_length"),
  refused("length with NUL", `${POST}Content-Length: 5␀\n\nhello`, 400, "bad_field_value"),
  refused("Content_Length", `${POST}Content_Length: 5\n\nhello`, 400, "bad_field_name"),
  accepted("length", `${POST}content-LENGTH:5  \n\nhelloX`, "hello"),
  accepted("length 0", `${POST}Content-Length: 0\n\nX`),
  // Odd codings.
  ...["xchunked", "chunkedx", "gzip", "identity", "gzip, chunked", "chunked;q=1", "x, y"]
    .map((coding) => refused(`coding ${coding}`, `${POST}Transfer-Encoding: ${coding}\n\n0\n\n`, 501, "unknown_transfer_coding")),
  ...["chunked, chunked", "chunked, identity", "chunked, gzip", ", chunked", "chunked,", '"chunked"', "", "\tchunked", "chunked\t", "chunked ,\tchunked", "chun ked", "[chunked]"]
    .map((coding) => refused(`coding ${JSON.stringify(coding)}`, `${POST}Transfer-Encoding: ${coding}\n\n0\n\n`, 400, "bad_transfer_encoding")),
  refused("two codings", `${POST}Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n0\n\n`, 400, "bad_transfer_encoding"),
  refused("identity, then chunked", `${POST}Transfer-Encoding: identity\nTransfer-Encoding: chunked\n\n0\n\n`, 501, "unknown_transfer_coding"),
  refused("coding behind VT", `${POST}Transfer-Encoding: \x0bchunked\n\n0\n\n`, 400, "bad_field_value"),
  refused("space before colon", `${POST}Transfer-Encoding : chunked\n\n0\n\n`, 400, "bad_field_name"),
  refused("tab before colon", `${POST}Transfer-Encoding\t: chunked\n\n0\n\n`, 400, "bad_field_name"),
  refused("folded coding", `${POST}Transfer-Encoding:\n chunked\n\n0\n\n`, 400, "bad_transfer_encoding"),
  refused("folded away", `${POST}X: y\n Transfer-Encoding: chunked\n\n0\n\n`, 400, "obs_fold"),
  refused("coding behind a bare LF", `${POST}X: y␊Transfer-Encoding: chunked\n\n0\n\n`, 400, "bad_line_end"),
  refused("coding behind a bare CR", `${POST}X: y␍Transfer-Encoding: chunked\n\n0\n\n`, 400, "bad_line_end"),
  refused("Transfer_Encoding", `${POST}Transfer_Encoding: chunked\n\n0\n\n`, 400, "bad_field_name"),
  refused("coding on HTTP/1.0", `POST / HTTP/1.0\n${HOST}Transfer-Encoding: chunked\n\n0\n\n`, 400, "bad_transfer_encoding"),
  accepted("coding", `${POST}transfer-encoding:  CHUNKED \n\n1\nZ\n0\n\nX`, "Z"),
  // TE.0: what a server that ignores the body of OPTIONS would take for a request.
  accepted("TE.0", `OPTIONS / HTTP/1.1\n${HOST}Transfer-Encoding: chunked\n\n1c\nGET /b HTTP/1.1\nHost: b\n\n\n0\n\n`, "GET /b HTTP/1.1\r\nHost: b\r\n\r\n"),
  accepted("0.CL", `GET / HTTP/1.1\n${HOST}Content-Length: 4\n\nGET `, "GET "),
  // Chunks.
  ...["0x1", "+1", "-1", " 1", "1 ", "1\t", "", "g", "00000000000000001", "FFFFFFFFFFFFFFFF", "20000000000000", "1\x0b"]
    .map((size) => refused(`chunk size ${JSON.stringify(size)}`, `${POST}Transfer-Encoding: chunked\n\n${size}\nZ\n0\n\n`, 400, "bad_chunk_size")),
  refused("chunk size before a bare LF", `${POST}Transfer-Encoding: chunked\n\n1␊Z\n0\n\n`, 400, "bad_chunk_size"),
  refused("chunk size before CR CR", `${POST}Transfer-Encoding: chunked\n\n1␍␍Z\n0\n\n`, 400, "bad_chunk_size"),
  ...["; a", ";", ";;a", ";a=", ";a b", ';a="', ";a=b c", ';a="b"c', ';a=b"c"', ";a=b␊", "; a=b", ";a =b", ";\xff", ";a␀"]
    .map((extension) => refused(`chunk extension ${JSON.stringify(extension)}`, `${POST}Transfer-Encoding: chunked\n\n1${extension}\nZ\n0\n\n`, 400, "bad_chunk_extension")),
  refused("chunk data without its end", `${POST}Transfer-Encoding: chunked\n\n1\nZZ\n0\n\n`, 400, "bad_chunk_end"),
  refused("chunk data before a bare LF", `${POST}Transfer-Encoding: chunked\n\n1\nZ␊0\n\n`, 400, "bad_chunk_end"),
  refused("chunk data before a bare CR", `${POST}Transfer-Encoding: chunked\n\n1\nZ␍0\n\n`, 400, "bad_chunk_end"),
  refused("endless extensions", `${POST}Transfer-Encoding: chunked\n\n1;${"a".repeat(20_000)}\nZ\n0\n\n`, 413, "chunk_extensions_too_large"),
  accepted("chunk extensions", `${POST}Transfer-Encoding: chunked\n\n1;a;b=c;d="e \\" f"\nZ\n00;x\n\n`, "Z"),
  accepted("chunk size of 16 digits", `${POST}Transfer-Encoding: chunked\n\n0000000000000001\nZ\n0\n\n`, "Z"),
  // Trailers.
  ...["Content-Length: 5", "Transfer-Encoding: chunked", "Host: b", "Connection: close", "Forwarded: for=x"]
    .map((line) => refused(`trailer ${line}`, `${POST}Transfer-Encoding: chunked\n\n0\n${line}\n\n`, 400, "bad_trailer")),
  refused("folded trailer", `${POST}Transfer-Encoding: chunked\n\n0\nX: y\n z\n\n`, 400, "obs_fold"),
  refused("trailer with a bare LF", `${POST}Transfer-Encoding: chunked\n\n0\nX: y␊\n\n`, 400, "bad_line_end"),
  refused("endless trailers", `${POST}Transfer-Encoding: chunked\n\n0\nX: ${"y".repeat(20_000)}\n\n`, 431, "trailers_too_large"),
  // Line ends and names.
  refused("LF only", `GET / HTTP/1.1␊Host: a.example␊␊`, 400, "bad_line_end"),
  refused("CR only", `GET / HTTP/1.1␍Host: a.example␍␍`, 400, "bad_line_end"),
  refused("CR in a value", `GET / HTTP/1.1\n${HOST}X: a␍b\n\n`, 400, "bad_line_end"),
  refused("LF ends the head", `GET / HTTP/1.1\n${HOST}␊`, 400, "bad_line_end"),
  refused("NUL in a value", `GET / HTTP/1.1\n${HOST}X: a␀b\n\n`, 400, "bad_field_value"),
  refused("DEL in a value", `GET / HTTP/1.1\n${HOST}X: a\x7fb\n\n`, 400, "bad_field_value"),
  refused("NUL in a name", `GET / HTTP/1.1\n${HOST}X␀: b\n\n`, 400, "bad_field_name"),
  refused("high byte in a name", `GET / HTTP/1.1\n${HOST}X\xe9: b\n\n`, 400, "bad_field_name"),
  refused("no colon", `GET / HTTP/1.1\n${HOST}X\n\n`, 400, "bad_field_name"),
  refused("no name", `GET / HTTP/1.1\n${HOST}: b\n\n`, 400, "bad_field_name"),
  refused("first header folded", `GET / HTTP/1.1\n ${HOST}\n`, 400, "obs_fold"),
  accepted("high bytes in a value", `GET / HTTP/1.1\n${HOST}X: \xe9\xff\n\n`),
  accepted("odd but lawful name", `GET / HTTP/1.1\n${HOST}!#$%&'*+-.^_\`|~: b\n\n`),
  // Request line.
  refused("two spaces", `GET  / HTTP/1.1\n${HOST}\n`, 400, "bad_request_line"),
  refused("tab", `GET\t/ HTTP/1.1\n${HOST}\n`, 400, "bad_request_line"),
  refused("leading space", ` GET / HTTP/1.1\n${HOST}\n`, 400, "bad_method"),
  refused("space behind the version", `GET / HTTP/1.1 \n${HOST}\n`, 400, "bad_request_line"),
  refused("HTTP/0.9", `GET /\n`, 400, "bad_request_line"),
  refused("HTTP/1.2", `GET / HTTP/1.2\n${HOST}\n`, 505, "version_not_supported"),
  refused("HTTP/2.0", `GET / HTTP/2.0\n${HOST}\n`, 505, "version_not_supported"),
  refused("HTTP/2 preface", `PRI * HTTP/2.0\n\nSM\n\n`, 400, "bad_method"),
  refused("http/1.1", `GET / http/1.1\n${HOST}\n`, 400, "bad_version"),
  refused("HTTP/01.1", `GET / HTTP/01.1\n${HOST}\n`, 400, "bad_version"),
  refused("TLS", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 400, "bad_method"),
  refused("two empty lines first", `\n\nGET / HTTP/1.1\n${HOST}\n`, 400, "bad_method"),
  refused("bare LF first", `␊GET / HTTP/1.1\n${HOST}\n`, 400, "bad_method"),
  refused("long method", `${"A".repeat(65)} / HTTP/1.1\n${HOST}\n`, 400, "bad_method"),
  refused("CONNECT", `CONNECT a.example:443 HTTP/1.1\n${HOST}\n`, 405, "connect_refused"),
  accepted("one empty line first", `\nGET / HTTP/1.1\n${HOST}\n`),
  accepted("a method of one's own", `FOO / HTTP/1.1\n${HOST}\n`),
  accepted("HTTP/1.0 without Host", `GET / HTTP/1.0\n\n`),
  // Targets.
  ...["*", "*x", "a", "?q", "a.example:443", "ftp://a.example/", "http:///x", "http://u@a.example/", "http://a.example#f", "/a#b", "/\x01", "/\x7f", "/\xe9", "http:/a"]
    .map((target) => refused(`target ${JSON.stringify(target)}`, `GET ${target} HTTP/1.1\n${HOST}\n`, 400, "bad_target")),
  refused("target of another host", `GET http://b.example/ HTTP/1.1\n${HOST}\n`, 400, "host_mismatch"),
  refused("target of another port", `GET http://a.example:81/ HTTP/1.1\n${HOST}\n`, 400, "host_mismatch"),
  accepted("absolute target", `GET http://A.example/x?y HTTP/1.1\n${HOST}\n`),
  accepted("OPTIONS *", `OPTIONS * HTTP/1.1\n${HOST}\n`),
  accepted("target that is not normal", `GET //a/../b/%2f?"<>{}|\\^\` HTTP/1.1\n${HOST}\n`),
  // Hosts.
  refused("no Host", `GET / HTTP/1.1\n\n`, 400, "missing_host"),
  refused("two Hosts", `GET / HTTP/1.1\n${HOST}Host: b.example\n\n`, 400, "duplicate_host"),
  refused("two equal Hosts", `GET / HTTP/1.1\n${HOST}${HOST}\n`, 400, "duplicate_host"),
  ...["", "a/b", "a?b", "a#b", "u@a", "a b", "a,b", "a%2fb", "a:", "a:x", "a:0", "a:65536", "a:080 80", "a..b", ".a", "[::1", "[::g]", "[::1]x", "[v1.x]", "[fe80::1%25lo]", "127.1", "0x7f000001", "1.2.3.4.5", "256.1.1.1", "a\\b", "\xe9", "http://a", "*.a", "a'b"]
    .map((host) => refused(`Host ${JSON.stringify(host)}`, `GET / HTTP/1.1\nHost: ${host}\n\n`, 400, "bad_host")),
  ...["A.Example", "a.example.", "a_b.example:8080", "127.0.0.1:80", "[::1]", "[2001:DB8::1]:443", "xn--bcher-kva.example", "localhost"]
    .map((host) => accepted(`Host ${host}`, `GET / HTTP/1.1\nHost: ${host}\n\n`)),
  // Connection.
  ...["content-length", "close, host", "Transfer-Encoding", "x-forwarded-for", "via", "close x", '"close"', "close\t", "a/b"]
    .map((value) => refused(`Connection: ${value}`, `GET / HTTP/1.1\n${HOST}Connection: ${value}\n\n`, 400, "bad_connection")),
  refused("Proxy-Connection: upgrade", `GET / HTTP/1.1\n${HOST}Proxy-Connection: upgrade\nUpgrade: x\n\n`, 400, "bad_connection"),
  refused("HTTP/1.0 that closes and does not", `GET / HTTP/1.0\nConnection: close, keep-alive\n\n`, 400, "bad_connection"),
  refused("Upgrade on HTTP/1.0", `GET / HTTP/1.0\nConnection: upgrade\nUpgrade: x\n\n`, 400, "bad_upgrade"),
  refused("Upgrade to nothing", `GET / HTTP/1.1\n${HOST}Connection: upgrade\nUpgrade: ,\n\n`, 400, "bad_upgrade"),
  accepted("h2c with a body", `POST / HTTP/1.1\n${HOST}Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABk\nContent-Length: 2\n\nhi`, "hi"),
  // Sizes.
  refused("long target", `GET /${"a".repeat(17_000)} HTTP/1.1\n${HOST}\n`, 414, "target_too_long"),
  refused("long target that never ends", `GET /${"a".repeat(33_000)}`, 414, "target_too_long"),
  refused("large head", `GET / HTTP/1.1\n${HOST}${`X: ${"y".repeat(4000)}\n`.repeat(40)}\n`, 431, "head_too_large"),
  refused("large header that never ends", `GET / HTTP/1.1\n${HOST}X: ${"y".repeat(140_000)}`, 431, "head_too_large"),
  refused("many headers", `GET / HTTP/1.1\n${HOST}${"X: y\n".repeat(256)}\n`, 431, "too_many_fields"),
  accepted("many headers, but not too many", `GET / HTTP/1.1\n${HOST}${"X: y\n".repeat(255)}\n`),
];
