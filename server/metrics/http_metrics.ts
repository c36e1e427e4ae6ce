/**
 * What visitors' requests come to. Counted once, when a request has ended.
 *
 * The time of a request has three parts, each with a histogram:
 *
 * - *edge*: from its head to the moment in which it leaves for the tunnel. It grows when
 *   requests wait for a place or for a paused link.
 * - *tunnel*: from there to the head of the response, so way and app together.
 * - *app*: the same without the link's least round trip. An estimate: nothing on the wire
 *   says how long the app took.
 *
 * @module
 */

import { ANSWER_CODES } from "../ingress/answer.ts";
import type { RequestRecord } from "../ingress/request_record.ts";
import { Counter, LabelledCounter } from "./counter.ts";
import { Histogram } from "./histogram.ts";
import type { Metric } from "./metric.ts";

/** By the first digit of a status; a request that got none has left before. */
const CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Counts requests. */
export class HttpMetrics {
  readonly #requests = new LabelledCounter(
    { name: "tun_http_requests_total", help: "Requests that have ended, by class of status." },
    "class",
    CLASSES,
  );
  readonly #ends = new LabelledCounter(
    { name: "tun_http_request_ends_total", help: "Requests that have ended, by how." },
    "end",
    ["answered", "upgraded", "broken", "gone"],
  );
  readonly #answers = new LabelledCounter(
    { name: "tun_http_answers_total", help: "Answers that were ours and not the app's, by code." },
    "code",
    ANSWER_CODES,
  );
  readonly #bytesIn = new Counter({
    name: "tun_http_received_bytes_total",
    help: "Bytes of bodies that visitors have sent.",
  });
  readonly #bytesOut = new Counter({
    name: "tun_http_sent_bytes_total",
    help: "Bytes of responses that visitors have taken, heads included.",
  });
  readonly #whole = new Histogram({
    name: "tun_http_request_duration_seconds",
    help: "From the head of a request to the end of its response; without upgraded ones.",
  });
  readonly #edge = new Histogram({
    name: "tun_http_edge_duration_seconds",
    help: "From the head of a request to its leaving for the tunnel.",
  });
  readonly #tunnel = new Histogram({
    name: "tun_http_tunnel_duration_seconds",
    help: "From leaving for the tunnel to the head of the response: way and app together.",
  });
  readonly #app = new Histogram({
    name: "tun_http_app_duration_seconds",
    help: "The same without the link's least round trip: an estimate of what the app takes.",
  });

  /** All of them. */
  readonly all: readonly Metric[] = [
    this.#requests,
    this.#ends,
    this.#answers,
    this.#bytesIn,
    this.#bytesOut,
    this.#whole,
    this.#edge,
    this.#tunnel,
    this.#app,
  ];

  /** Counts a request that has ended. */
  onRequest(record: RequestRecord): void {
    const { end, ms, edgeMs, tunnelMs, roundTripMs, receivedBytes, sentBytes } = record;
    const status = end.kind === "gone" ? 0 : end.status;
    this.#requests.add(CLASSES[Math.floor(status / 100)] ?? "none");
    this.#ends.add(end.kind);
    if (end.kind === "answered" && end.code !== undefined) this.#answers.add(end.code);
    this.#bytesIn.add(receivedBytes);
    this.#bytesOut.add(sentBytes);
    if (end.kind !== "upgraded") this.#whole.observe(ms);
    if (edgeMs >= 0) this.#edge.observe(edgeMs);
    if (tunnelMs < 0) return;
    this.#tunnel.observe(tunnelMs);
    if (roundTripMs < Infinity) this.#app.observe(Math.max(0, tunnelMs - roundTripMs));
  }

  /** Counts a request whose head could not be understood. */
  onBadRequest(code: string, status: number): void {
    this.#requests.add(CLASSES[Math.floor(status / 100)] ?? "none");
    this.#ends.add("answered");
    this.#answers.add(code);
  }
}
