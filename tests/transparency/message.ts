/**
 * Messages taken apart the simple way, for comparing: an own reading of what came, which shares no
 * code with the codec under test.
 *
 * @module
 */

/** One message. */
export interface Message {
  /** The first line. */
  readonly start: string;
  /** The header lines, exactly. */
  readonly lines: readonly string[];
  /** The body without its coding. */
  readonly body: string;
  /** The trailer lines, exactly; absent if the body is not chunked. */
  readonly trailers?: readonly string[];
}

/** What is known of the requests to which messages are responses. */
export interface Asked {
  readonly method: string;
}

/** The first value of a header. */
export function header(lines: readonly string[], name: string): string | undefined {
  const line = lines.find((line) => nameOf(line) === name);
  return line?.slice(line.indexOf(":") + 1).trim();
}

/** The name of a header line, in lower case. */
export function nameOf(line: string): string {
  return line.slice(0, line.indexOf(":")).toLowerCase();
}

function linesOf(head: string): { start: string; lines: string[] } {
  const [start = "", ...lines] = head.trimStart().replace(/\r\n\r\n$/, "").split("\r\n");
  return { start, lines };
}

/** Where the body of a request ends in what follows its head; -1 if it is not there yet. */
export function bodyEnd(head: string, text: string): number {
  const { lines } = linesOf(head);
  if (header(lines, "transfer-encoding") !== undefined) return chunked(text)?.end ?? -1;
  const length = Number(header(lines, "content-length") ?? 0);
  return text.length < length ? -1 : length;
}

function chunked(
  text: string,
): { readonly body: string; readonly trailers: string[]; readonly end: number } | undefined {
  let body = "";
  for (let at = 0;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = parseInt(text.slice(at, lineEnd), 16);
    at = lineEnd + 2;
    if (size === 0) {
      const end = text.startsWith("\r\n", at) ? at : text.indexOf("\r\n\r\n", at) + 2;
      if (end < at || text.length < end + 2) return undefined;
      const trailers = text.slice(at, end).split("\r\n").filter((line) => line !== "");
      return { body, trailers, end: end + 2 };
    }
    if (text.length < at + size + 2) return undefined;
    body += text.slice(at, at + size);
    at += size + 2;
  }
}

/** All messages in `text`: requests, or the responses to what was asked. */
export function messagesOf(text: string, asked?: readonly Asked[]): Message[] {
  const messages: Message[] = [];
  let answered = 0;
  for (let at = 0; at < text.length;) {
    const headEnd = text.indexOf("\r\n\r\n", at) + 4;
    if (headEnd < 4) return [...messages, { start: "(cut)", lines: [], body: text.slice(at) }];
    const head = linesOf(text.slice(at, headEnd));
    const rest = text.slice(headEnd);
    const status = Number(head.start.split(" ")[1]);
    const isInformational = asked !== undefined && status < 200 && status !== 101;
    const method = asked?.[answered]?.method;
    if (asked !== undefined && !isInformational) answered++;
    const framed = asked === undefined
      ? requestBody(head.lines, rest)
      : responseBody(head.lines, rest, status, method === "HEAD");
    messages.push({ ...head, ...framed.parts });
    at = headEnd + framed.end;
  }
  return messages;
}

type Framed = { readonly parts: Pick<Message, "body" | "trailers">; readonly end: number };

function requestBody(lines: readonly string[], rest: string): Framed {
  // What follows an upgrade is another protocol's.
  const isUpgrade = /\bupgrade\b/i.test(header(lines, "connection") ?? "") &&
    Number(header(lines, "content-length") ?? 0) === 0;
  if (isUpgrade) return { parts: { body: rest }, end: rest.length };
  return framedBody(lines, rest, "none");
}

function responseBody(
  lines: readonly string[],
  rest: string,
  status: number,
  isHead: boolean,
): Framed {
  if (status === 101) return { parts: { body: rest }, end: rest.length };
  if (isHead || status < 200 || status === 204 || status === 304) {
    return { parts: { body: "" }, end: 0 };
  }
  return framedBody(lines, rest, "until_close");
}

function framedBody(lines: readonly string[], rest: string, open: "none" | "until_close"): Framed {
  if (header(lines, "transfer-encoding") !== undefined) {
    const found = chunked(rest);
    if (found === undefined) return { parts: { body: `(cut) ${rest}` }, end: rest.length };
    return { parts: { body: found.body, trailers: found.trailers }, end: found.end };
  }
  const length = header(lines, "content-length");
  if (length !== undefined) {
    return { parts: { body: rest.slice(0, Number(length)) }, end: Number(length) };
  }
  return open === "none"
    ? { parts: { body: "" }, end: 0 }
    : { parts: { body: rest }, end: rest.length };
}
