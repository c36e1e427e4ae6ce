import { assertEquals, assertThrows } from "@std/assert";
import type { HttpOpen } from "@tun/protocol";
import { AppProblem } from "./app_problem.ts";
import { requestBytes } from "./request_bytes.ts";
import type { RequestStream } from "./request_stream.ts";

const ascii = { encode: new TextEncoder(), decode: new TextDecoder() };

/** A request of which some is there; `undefined` stands for what has to be waited for. */
class Upload implements RequestStream {
  readonly head: HttpOpen;
  readonly failure = undefined;
  readonly trailers: Uint8Array | undefined;
  readonly isDrained = true;
  onFailure = (): void => {};
  readonly recycled: Uint8Array[] = [];
  readonly #pieces: (Uint8Array | null | undefined)[];

  constructor(
    method: string,
    fields: string,
    pieces: readonly (string | null | undefined)[],
    trailers?: string,
  ) {
    const headers = ascii.encode.encode(`Host: a\r\n${fields}`);
    this.head = {
      kind: "http",
      tunnel: 0,
      visitor: "192.0.2.7:51234",
      scheme: "http",
      minorVersion: 1,
      method,
      target: "/",
      authority: "a",
      headers,
    };
    this.#pieces = pieces.map((piece) => piece ? ascii.encode.encode(piece) : piece as null);
    this.trailers = trailers === undefined ? undefined : ascii.encode.encode(trailers);
  }

  tryRead = () => this.#pieces.shift();
  read = () => Promise.resolve(null);
  recycle(piece: Uint8Array): void {
    this.recycled.push(piece.fill(0));
  }
  respond = () => Promise.resolve();
  write = () => Promise.resolve();
  end = () => Promise.resolve();
  reset(): void {}
}

/** What of the request is sent at once, without its `Host`, and how it goes on. */
function sent(
  upload: Upload,
): { readonly text: string; readonly body: string; readonly left: number } {
  const { bytes, body, left } = requestBytes(upload.head, upload, undefined);
  return { text: ascii.decode.decode(bytes).replace("Host: a\r\n", ""), body, left };
}

Deno.test("A request goes to the app in one write with all of its body that is there", () => {
  const length = "Content-Length: 10\r\n";
  const whole = new Upload("POST", length, ["01234", "56", "789", null]);
  const text = `POST / HTTP/1.1\r\n${length}\r\n0123456789`;
  assertEquals(sent(whole), { text, body: "whole", left: 0 });
  assertEquals(whole.recycled.length, 3);

  const begun = new Upload("POST", length, ["01234", "56", undefined, "789", null]);
  assertEquals(sent(begun), { text: text.slice(0, -3), body: "length", left: 3 });
  const nothing = new Upload("POST", length, [undefined]);
  assertEquals(sent(nothing), { text: text.slice(0, -10), body: "length", left: 10 });
});

Deno.test("What is there of a body without a length is one chunk", () => {
  const head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  const whole = new Upload("POST", "", ["01234", "56789abcdef", null]);
  const text = `${head}10\r\n0123456789abcdef\r\n0\r\n\r\n`;
  assertEquals(sent(whole), { text, body: "whole", left: 0 });
  const begun = new Upload("POST", "", ["01234", undefined]);
  assertEquals(sent(begun), { text: `${head}5\r\n01234\r\n`, body: "chunked", left: 0 });
  const trailers = new Upload("POST", "", ["0", null], "X-Sum: 1\r\n");
  assertEquals(sent(trailers).text, `${head}1\r\n0\r\n0\r\nX-Sum: 1\r\n\r\n`);
  assertEquals(sent(new Upload("POST", "", [undefined])).text, head);
});

Deno.test("A long body is not copied together, but for its first piece", () => {
  const upload = new Upload("POST", "Content-Length: 120000\r\n", ["a".repeat(60_000)]);
  const long = "b".repeat(60_000);
  const pieces = [upload.tryRead(), ascii.encode.encode(long), null];
  upload.tryRead = () => pieces.shift();
  const { bytes, next, left } = requestBytes(upload.head, upload, undefined);
  assertEquals(ascii.decode.decode(bytes.subarray(-4)), "aaaa");
  assertEquals(ascii.decode.decode(next), long);
  assertEquals(left, 60_000);
});

Deno.test("A body that is not as long as it says never reaches the app", () => {
  for (const pieces of [["0123"], ["01", "23"], ["01", null], [null]]) {
    const upload = new Upload("POST", "Content-Length: 3\r\n", pieces);
    assertThrows(() => sent(upload), AppProblem);
  }
});

Deno.test("The memory of a request is given back when it is sent, unless it may be repeated", () => {
  const request = (method: string, body: string) => {
    const upload = new Upload(method, `Content-Length: ${body.length}\r\n`, [body, null]);
    return requestBytes(upload.head, upload, undefined);
  };
  const put = request("PUT", "a".repeat(5000));
  assertEquals(put.room, undefined);
  const post = request("POST", "b".repeat(5000));
  post.room!.giveBack();
  assertEquals(request("POST", "c".repeat(5000)).bytes.buffer, post.bytes.buffer);
  assertEquals(ascii.decode.decode(put.bytes.subarray(-1)), "a");
});
