/**
 * IP addresses as text and as bytes. Only the plain spellings are addresses:
 * no octal, no hexadecimal, no missing parts, no zone.
 *
 * @module
 */

/** Reads an IPv4 address, as 4 bytes. */
export function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!;
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part)) return null;
    const value = Number(part);
    if (value > 255) return null;
    bytes[i] = value;
  }
  return bytes;
}

/** Reads an IPv6 address without brackets, as 16 bytes. */
export function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  // "::" stands for at least one group.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const bytes = new Uint8Array(16);
  head.forEach((group, i) => writeGroup(bytes, i, group));
  tail.forEach((group, i) => writeGroup(bytes, head.length + missing + i, group));
  return bytes;
}

/** Reads an address of either family; an IPv4-mapped one (`::ffff:1.2.3.4`) is IPv4. */
export function parseIp(text: string): Uint8Array | null {
  if (!text.includes(":")) return parseIpv4(text);
  const bytes = parseIpv6(text);
  if (bytes === null) return null;
  return isMappedIpv4(bytes) ? bytes.slice(12) : bytes;
}

/** True for the 16 bytes of an IPv4 address in its IPv6 clothes. */
export function isMappedIpv4(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff &&
    bytes.subarray(0, 10).every((octet) => octet === 0);
}

/** Writes 4 or 16 bytes in the one canonical spelling (RFC 5952). */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const words: string[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16));
  let bestStart = 0;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (words[start + length] === "0") length++;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  if (bestLength === 1) return words.join(":");
  return `${words.slice(0, bestStart).join(":")}::${words.slice(bestStart + bestLength).join(":")}`;
}

function groups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const result: number[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (mayEndInIpv4 && i === parts.length - 1 && part.includes(".")) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === null) return null;
      result.push((ipv4[0]! << 8) | ipv4[1]!, (ipv4[2]! << 8) | ipv4[3]!);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      result.push(parseInt(part, 16));
    } else {
      return null;
    }
  }
  return result.length > 8 ? null : result;
}

function writeGroup(bytes: Uint8Array, index: number, group: number): void {
  bytes[index * 2] = group >> 8;
  bytes[index * 2 + 1] = group & 0xff;
}
