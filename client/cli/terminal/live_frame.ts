/**
 * The live view as lines of text: state in, lines out.
 *
 * @module
 */

import type { ReadyEvent, RequestEvent } from "../../events.ts";
import { cell, chunks, fit, printable, rightCell, textWidth } from "./printable.ts";
import { type Paint, statusTone } from "./style.ts";
import { formatBytes, formatMs } from "./units.ts";

/** How the connection is. */
export type LinkStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "online"; readonly resumed: boolean }
  | { readonly kind: "paused" }
  | { readonly kind: "reconnecting"; readonly at: number; readonly reason?: string }
  | { readonly kind: "stopped" };

/** A request with when it was answered. */
export interface TimedRequest extends RequestEvent {
  readonly time: string;
}

/** Everything the view shows. */
export interface LiveState {
  readonly tunnels: readonly ReadyEvent[];
  readonly status: LinkStatus;
  readonly requests: number;
  readonly failures: number;
  readonly bytes: number;
  /** The newest first. */
  readonly recent: readonly TimedRequest[];
}

/** The size of a terminal. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

function statusText(
  status: LinkStatus,
  now: number,
): readonly ["green" | "yellow" | "dim", string] {
  switch (status.kind) {
    case "connecting":
      return ["yellow", "connecting"];
    case "online":
      return ["green", status.resumed ? "online, resumed: nothing was lost" : "online"];
    case "paused":
      return ["yellow", "connection lost, requests wait for it"];
    case "reconnecting": {
      const seconds = Math.max(0, Math.ceil((status.at - now) / 1000));
      const wait = seconds === 0 ? "reconnecting now" : `reconnecting in ${seconds} s`;
      const reason = status.reason === undefined ? "" : `: ${printable(status.reason)}`;
      return ["yellow", wait + reason];
    }
    case "stopped":
      return ["dim", "stopped"];
  }
}

function tunnelLines(tunnel: ReadyEvent, width: number, paint: Paint): string[] {
  const url = printable(tunnel.url);
  const arrow = tunnel.target === undefined ? "" : ` → ${printable(tunnel.target)}`;
  const label = tunnel.tunnel === undefined ? "" : `${printable(tunnel.tunnel)}  `;
  if (textWidth(label + url + arrow) <= width) return [label + paint("bold", url) + arrow];
  // Never cut: it is there to be copied.
  return chunks(url, width).map((line) => paint("bold", line));
}

/** Below this many columns, the time and the size of a response give way to its path. */
const NARROW = 64;

/** Below this many columns there is room for the method and the status only. */
const TINY = 28;

/** A path of a megabyte needs no escaping beyond what can be seen; both ends are seen. */
function shownPath(path: string, width: number): string {
  const half = width * 8;
  const short = path.length <= 2 * half ? path : path.slice(0, half) + path.slice(-half);
  return cell(printable(short), width);
}

function requestLine(request: TimedRequest, width: number, paint: Paint): string {
  const status = paint(statusTone(request.status), rightCell(String(request.status), 3));
  const method = cell(printable(request.method), 7);
  if (width < TINY) return fit(`${method} ${request.status}`, width);
  const took = rightCell(formatMs(request.ms), 7);
  // What is subtracted are the other cells and the spaces between all of them.
  if (width < NARROW) return `${method} ${shownPath(request.path, width - 20)} ${status} ${took}`;
  const time = paint("dim", cell(request.time, 8));
  const size = paint("dim", rightCell(formatBytes(request.bytes), 7));
  return `${time} ${method} ${shownPath(request.path, width - 37)} ${status} ${took} ${size}`;
}

/** Draws the state into at most `rows - 1` lines of at most `columns - 1` columns. */
export function renderFrame(
  state: LiveState,
  size: TerminalSize,
  now: number,
  paint: Paint,
): string[] {
  // The last column and row stay free: writing there makes some terminals wrap or scroll.
  const width = Math.max(1, size.columns - 1);
  const height = Math.max(1, size.rows - 1);
  const [tone, text] = statusText(state.status, now);
  const lines = [paint(tone, fit(`● ${text}`, width))];
  const most = Math.max(1, Math.floor(height / 2));
  const tunnels = state.tunnels.flatMap((tunnel) => tunnelLines(tunnel, width, paint));
  lines.push(...tunnels.slice(0, most));
  if (tunnels.length > most) lines.push(fit(`… ${tunnels.length - most} more lines`, width));
  if (state.tunnels.length > 0) {
    const failed = state.failures === 0 ? "" : `, ${state.failures} failed`;
    const counted = `${state.requests} requests${failed}, ${formatBytes(state.bytes)}`;
    lines.push(paint("dim", fit(`${counted}   (Ctrl-C stops)`, width)));
  }
  if (state.recent.length > 0) lines.push("");
  const room = Math.max(0, height - lines.length);
  for (const request of state.recent.slice(0, room)) lines.push(requestLine(request, width, paint));
  return lines.slice(0, height);
}
