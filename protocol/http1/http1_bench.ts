/** How fast heads are read and bodies decoded; `n: 1000` in a name is heads an iteration. */

import {
  createBodyDecoder,
  encodeChunk,
  encodeResponseHead,
  forwardRequest,
  HeaderBlock,
  LAST_CHUNK,
  RequestHeadParser,
  ResponseHeadParser,
} from "./mod.ts";

const encode = (text: string) => new TextEncoder().encode(text.replaceAll("\n", "\r\n"));

const SMALL = encode("GET /hello HTTP/1.1\nHost: app.tunnel.example\n\n");
const BROWSER = encode(`GET /assets/index-4f2c9d1e.js?v=20261121 HTTP/1.1
Host: app.tunnel.example
Connection: keep-alive
sec-ch-ua: "Chromium";v="142", "Not_A Brand";v="99"
sec-ch-ua-mobile: ?0
sec-ch-ua-platform: "Linux"
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
Sec-Fetch-Site: same-origin
Sec-Fetch-Mode: navigate
Sec-Fetch-User: ?1
Sec-Fetch-Dest: document
Referer: https://app.tunnel.example/
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-GB,en;q=0.9,de;q=0.8
Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=1
If-None-Match: W/"5f2-18c3a9"

`);
const RESPONSE = encode(`HTTP/1.1 200 OK
Content-Type: application/json; charset=utf-8
Content-Length: 27
ETag: W/"1b-18c3a9"
Date: Sat, 21 Nov 2026 09:00:00 GMT
Connection: keep-alive
Keep-Alive: timeout=5

`);

const HEADS = 1000;
const requests = new RequestHeadParser();
const responses = new ResponseHeadParser();

Deno.bench(`small GET (${SMALL.length} bytes), n: 1000`, { group: "heads" }, () => {
  for (let i = 0; i < HEADS; i++) requests.push(SMALL);
});

Deno.bench(`browser GET (${BROWSER.length} bytes), n: 1000`, { group: "heads" }, () => {
  for (let i = 0; i < HEADS; i++) requests.push(BROWSER);
});

Deno.bench("browser GET in two pieces, n: 1000", { group: "heads" }, () => {
  const [first, second] = [BROWSER.subarray(0, 300), BROWSER.subarray(300)];
  for (let i = 0; i < HEADS; i++) {
    requests.push(first);
    requests.push(second);
  }
});

Deno.bench(`response (${RESPONSE.length} bytes), n: 1000`, { group: "heads" }, () => {
  for (let i = 0; i < HEADS; i++) responses.push(RESPONSE);
});

Deno.bench("browser GET, read, forwarded and written, n: 1000", { group: "heads" }, () => {
  for (let i = 0; i < HEADS; i++) {
    const head = requests.push(BROWSER)!;
    forwardRequest(head, { peer: "192.0.2.7", scheme: "https", trusted: false }).toBytes();
  }
});

const small = HeaderBlock.of(["Content-Type", "text/plain"], ["Content-Length", "13"]);
const body = new TextEncoder().encode("Hello, world!");

Deno.bench("small response, written with its body, n: 1000", { group: "heads" }, () => {
  for (let i = 0; i < HEADS; i++) {
    encodeResponseHead({ status: 200, reason: "OK", fields: small }, body);
  }
});

for (const size of [100, 4096, 65536]) {
  // 8 MiB of body, in reads of 64 KiB.
  const chunk = encodeChunk(new Uint8Array(size).fill(0x78));
  const count = Math.ceil((8 << 20) / size);
  const wire = new Uint8Array(chunk.length * count + LAST_CHUNK.length);
  for (let i = 0; i < count; i++) wire.set(chunk, i * chunk.length);
  wire.set(LAST_CHUNK, chunk.length * count);
  let total = 0;
  Deno.bench(`8 MiB in chunks of ${size}`, { group: "chunked" }, () => {
    const decoder = createBodyDecoder({ kind: "chunked" });
    const sink = (data: Uint8Array) => {
      total += data.length;
    };
    for (let at = 0; at < wire.length; at += 65536) {
      decoder.push(wire.subarray(at, at + 65536), 0, sink);
    }
    if (!decoder.done) throw new Error("Not done");
  });
}
