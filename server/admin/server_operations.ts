/**
 * The server as a whole: whether it is well, what it counts, and reading its settings anew.
 *
 * @module
 */

import { METRICS_TYPE } from "../metrics/text_format.ts";
import type { ReloadReport } from "../reload/reload.ts";
import { AdminError } from "./admin_error.ts";
import type { Operation } from "./operation.ts";

/** What these operations work on. */
export interface WholeView {
  /** Whether new work is taken. */
  readonly isReady: () => boolean;
  /** The metrics as Prometheus reads them. */
  readonly metrics: () => string;
  /** Reads the settings anew, if they can be. */
  readonly reload: (() => Promise<ReloadReport>) | undefined;
}

/** Makes the operations. */
export function serverOperations({ isReady, metrics, reload }: WholeView): readonly Operation[] {
  return [
    {
      id: "isWell",
      method: "get",
      path: "/healthz",
      summary: "Whether the process answers",
      isForAnybody: true,
      answers: { 200: { description: "It does.", media: "text/plain" } },
      errors: [],
      handle: (c) => c.text("ok\n"),
    },
    {
      id: "isReady",
      method: "get",
      path: "/readyz",
      summary: "Whether visitors and clients may be sent here",
      isForAnybody: true,
      answers: {
        200: { description: "They may.", media: "text/plain" },
        503: { description: "The server is stopping.", media: "text/plain" },
      },
      errors: [],
      handle: (c) => isReady() ? c.text("ok\n") : c.text("stopping\n", 503),
    },
    {
      id: "readMetrics",
      method: "get",
      path: "/metrics",
      summary: "Metrics for Prometheus",
      answers: { 200: { description: "Text format 0.0.4.", media: "text/plain" } },
      errors: [],
      handle: (c) => c.body(metrics(), 200, { "Content-Type": METRICS_TYPE }),
    },
    {
      id: "reload",
      method: "post",
      path: "/reload",
      summary: "Reads the settings anew, like SIGHUP; nothing that is open is dropped",
      answers: { 200: { description: "What differs from before.", json: "Reload" } },
      errors: ["not_reloadable", "reload_failed"],
      handle: async (c) => {
        if (reload === undefined) throw new AdminError("not_reloadable");
        const report = await reload();
        if (!report.ok) throw new AdminError("reload_failed", report.reason);
        const { changed, needsRestart } = report;
        return c.json({ changed, needsRestart });
      },
    },
  ];
}
