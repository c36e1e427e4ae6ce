/**
 * Takes the bytes of a visitor's connection apart, as strictly as a proxy would that must not
 * take one tenant's bytes for another's answer.
 *
 * @module
 */

/** One answer. */
export interface ReadAnswer {
  readonly status: number;
  /** The lines behind the first. */
  readonly lines: readonly string[];
  readonly body: string;
  /** False if the connection ended before the answer did. */
  readonly isWhole: boolean;
}

/** The final answers to requests with these methods, in order; throws at what is left over. */
export function readAnswers(text: string, methods: readonly string[]): ReadAnswer[] {
  const answers: ReadAnswer[] = [];
  let rest = text;
  while (rest !== "") {
    const method = methods[answers.length];
    if (method === undefined) throw new Error(`More than the answers: ${JSON.stringify(rest)}`);
    const end = rest.indexOf("\r\n\r\n");
    const head = end === -1 ? "" : rest.slice(0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) [^\r\n\0]*(?:\r\n|$)/.exec(head)?.[1]);
    const lines = head.split("\r\n").slice(1);
    for (const line of lines) {
      if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/.test(line)) {
        throw new Error(`Not a field: ${JSON.stringify(line)}`);
      }
    }
    if (Number.isNaN(status)) throw new Error(`Not a head: ${JSON.stringify(rest)}`);
    rest = rest.slice(end + 4);
    if (status < 200) continue;
    const { body, left, isWhole } = readBody(rest, method, status, lines);
    answers.push({ status, lines, body, isWhole });
    rest = left;
  }
  return answers;
}

interface Body {
  readonly body: string;
  readonly left: string;
  readonly isWhole: boolean;
}

function readBody(text: string, method: string, status: number, lines: readonly string[]): Body {
  if (method === "HEAD" || status === 204 || status === 304) {
    return { body: "", left: text, isWhole: true };
  }
  const of = (name: string) =>
    lines.filter((line) => line.toLowerCase().startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trim());
  const [lengths, codings] = [of("content-length"), of("transfer-encoding")];
  if (lengths.length + codings.length > 1) throw new Error(`Ambiguous: ${lines.join(" | ")}`);
  if (codings.length === 1) return readChunks(text);
  if (lengths.length === 0) return { body: text, left: "", isWhole: true };
  if (!/^\d+$/.test(lengths[0]!)) throw new Error(`Not a length: ${lengths[0]}`);
  const length = Number(lengths[0]);
  return { body: text.slice(0, length), left: text.slice(length), isWhole: text.length >= length };
}

function readChunks(text: string): Body {
  let body = "";
  for (let at = 0;;) {
    const line = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20));
    if (line === null) return { body, left: "", isWhole: false };
    const size = parseInt(line[1]!, 16);
    at += line[0].length;
    if (size === 0) {
      const trailers = /^(?:[^\r\n]+\r\n)*\r\n/.exec(text.slice(at));
      if (trailers === null) return { body, left: "", isWhole: false };
      return { body, left: text.slice(at + trailers[0].length), isWhole: true };
    }
    body += text.slice(at, at + size);
    if (text.slice(at + size, at + size + 2) !== "\r\n") return { body, left: "", isWhole: false };
    at += size + 2;
  }
}
