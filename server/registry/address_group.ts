/**
 * The part of a client's address that caps are counted by.
 *
 * An IPv4 address stands for itself. An IPv6 subscriber gets at least a /64 and
 * can use a fresh address of it for every connection, so the /64 counts.
 *
 * @module
 */

/**
 * The group of `ip`, in one spelling: `192.0.2.7`, or `2001:db8:0:1::/64`. A
 * mapped address (`::ffff:192.0.2.7`) is its IPv4 address. Text that is no
 * address is a group of its own, so that an odd caller still meets a cap.
 */
export function addressGroup(ip: string): string {
  const bare = ip.replace(/^\[|\]$/g, "").replace(/%.*$/, "").toLowerCase();
  if (!bare.includes(":")) return bare;
  const words = ipv6Words(bare);
  if (words === null) return bare;
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    return words.slice(6).flatMap((word) => [word >>> 8, word & 255]).join(".");
  }
  return `${words.slice(0, 4).map((word) => word.toString(16)).join(":")}::/64`;
}

/** The address of `host:port` or `[host]:port`. */
export function addressOf(peer: string): string {
  return peer.slice(0, peer.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}

/** The eight 16-bit words of an IPv6 address, or `null` if it is none. */
function ipv6Words(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseWords(halves[0] ?? "");
  const tail = halves.length === 2 ? parseWords(halves[1] ?? "") : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseWords(text: string): number[] | null {
  if (text === "") return [];
  const words: number[] = [];
  for (const part of text.split(":")) {
    const dotted = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(part);
    if (dotted !== null) {
      const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(1).map(Number);
      words.push((a << 8) | b, (c << 8) | d);
    } else if (/^[0-9a-f]{1,4}$/.test(part)) {
      words.push(parseInt(part, 16));
    } else return null;
  }
  return words;
}
