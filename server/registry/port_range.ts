/**
 * Sets of public ports: the server's range, cut down to what a token allows.
 *
 * @module
 */

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  /** The lowest port. */
  readonly first: number;
  /** The highest port. */
  readonly last: number;
}

/**
 * The seeds' range: above the ports that services have by custom, and mostly
 * below those that Linux hands out for outgoing connections (32768-60999 by
 * default; `net.ipv4.ip_local_reserved_ports` keeps ours out of that).
 */
export const DEFAULT_PORT_RANGE: PortRange = { first: 20_000, last: 60_000 };

/** The ports of `range` that are also in one of `allowed`, each once, in ascending ranges. */
export function intersect(range: PortRange, allowed: readonly PortRange[]): PortRange[] {
  const cut: PortRange[] = [];
  for (const { first, last } of [...allowed].sort((a, b) => a.first - b.first)) {
    const after = cut.at(-1)?.last ?? -Infinity;
    const piece = {
      first: Math.max(first, range.first, after + 1),
      last: Math.min(last, range.last),
    };
    if (piece.first <= piece.last) cut.push(piece);
  }
  return cut;
}

/** How many ports there are in `ranges`. */
export function countPorts(ranges: readonly PortRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** The port with the number `index`, counted from 0 over all of `ranges`. */
export function portAt(ranges: readonly PortRange[], index: number): number {
  let left = index;
  for (const { first, last } of ranges) {
    const size = last - first + 1;
    if (left < size) return first + left;
    left -= size;
  }
  throw new RangeError(`Cannot pick port ${index} as there are ${countPorts(ranges)}`);
}

/** True if `port` is a whole number in one of `ranges`. */
export function includesPort(ranges: readonly PortRange[], port: number): boolean {
  return Number.isInteger(port) && ranges.some(({ first, last }) => port >= first && port <= last);
}
