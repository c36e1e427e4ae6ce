/**
 * What benchmarks say to people.
 *
 * @module
 */

/** Writes a line to standard output. */
export function print(line = ""): void {
  // deno-lint-ignore no-console -- what a benchmark prints is what it is for
  console.log(line);
}

/** Says what went wrong, where it does not mix with figures, and ends the process. */
export function fail(status: number, message: string): never {
  // deno-lint-ignore no-console -- see above
  console.error(message);
  Deno.exit(status);
}
