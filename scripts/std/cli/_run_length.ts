// Copyright 2018-2026 the Deno authors. MIT license.
// Source of jsr:@std/cli@1.0.32, copied because the build for npm leaves the table out.

export function runLengthDecode({ d, r }: { d: string; r: string }): Uint8Array {
  const data = atob(d);
  const runLengths = atob(r);
  let out = "";

  for (const [i, ch] of [...runLengths].entries()) {
    out += data[i]!.repeat(ch.codePointAt(0)!);
  }

  return Uint8Array.from([...out].map((x) => x.codePointAt(0)!));
}
