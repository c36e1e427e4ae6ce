/**
 * A tar archive (ustar) whose bytes depend on nothing but its members.
 *
 * @module
 */

/** A file to be. */
export interface TarMember {
  /** Its path in the archive. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly isExecutable: boolean;
}

const BLOCK = 512;

/** An archive ends with two blocks of zeros. */
const END = 2 * BLOCK;

const utf8 = new TextEncoder();

/** Joins files to an archive. */
export function tar(members: readonly TarMember[]): Uint8Array<ArrayBuffer> {
  const size = members.reduce((sum, { bytes }) => sum + BLOCK + padded(bytes.length), END);
  const archive = new Uint8Array(size);
  let offset = 0;
  for (const member of members) {
    archive.set(header(member), offset);
    archive.set(member.bytes, offset + BLOCK);
    offset += BLOCK + padded(member.bytes.length);
  }
  return archive;
}

function padded(length: number): number {
  return Math.ceil(length / BLOCK) * BLOCK;
}

function header({ path, bytes, isExecutable }: TarMember): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (offset: number, text: string): void => block.set(utf8.encode(text), offset);
  const octal = (value: number, width: number): string =>
    value.toString(8).padStart(width - 1, "0") + "\0";
  if (utf8.encode(path).length > 100) throw new RangeError(`Cannot store ${path}: it is too long`);
  put(0, path);
  put(100, octal(isExecutable ? 0o755 : 0o644, 8));
  // Owner and group 0 and the year 1970: who builds, and when, is not in the archive.
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(bytes.length, 12));
  put(136, octal(0, 12));
  // The checksum counts itself as spaces.
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\x0000");
  put(148, octal(block.reduce((sum, byte) => sum + byte, 0), 7));
  return block;
}

/** Compresses with gzip. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
