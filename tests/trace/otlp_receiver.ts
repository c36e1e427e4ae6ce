/**
 * Where the programs send their spans to in a test: a collector of OpenTelemetry that takes
 * nothing which is not what the specification says.
 *
 * @module
 */

import { EventLog } from "../support/event_log.ts";
import { parseSpans, type ReceivedSpan } from "./otlp_spans.ts";

/** Collects spans. */
export class OtlpReceiver implements AsyncDisposable {
  /** What came so far. */
  readonly spans: EventLog<ReceivedSpan> = new EventLog();
  /** All of it as text, for who looks for what must not be in it. */
  text = "";
  /** What was wrong with what came. */
  readonly faults: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Listens on a free port. */
  constructor() {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#take(request));
  }

  /** The variables that make a program send its spans here, soon and under this name. */
  environment(service: string): Record<string, string> {
    return {
      OTEL_DENO: "true",
      OTEL_DENO_METRICS: "false",
      OTEL_SERVICE_NAME: service,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
      OTEL_BSP_SCHEDULE_DELAY: "50",
    };
  }

  /** The span that fits, now or later. */
  async span(fits: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> {
    return await this.spans.first(fits);
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #take(request: Request): Promise<Response> {
    const body = await request.text();
    this.text += body;
    const { pathname } = new URL(request.url);
    if (request.method !== "POST" || request.headers.get("content-type") !== "application/json") {
      this.faults.push(`${request.method} of ${request.headers.get("content-type")}`);
    }
    if (pathname === "/v1/traces") {
      try {
        parseSpans(body).forEach(this.spans.add);
      } catch (error) {
        this.faults.push(String(error));
      }
    } else if (pathname !== "/v1/logs") this.faults.push(`${pathname} was not asked for`);
    return Response.json({});
  }
}
