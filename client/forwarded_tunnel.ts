/**
 * A tunnel with a local service behind it: what is asked of the server for it, and the way that
 * its requests go.
 *
 * @module
 */

import type { TunnelStream } from "@tun/protocol";
import { accessOptions } from "./access/access_wish.ts";
import type { AgentTunnel } from "./agent/tunnel.ts";
import type { TunnelSpec } from "./cli/command.ts";
import { targetIdentity, targetLabel } from "./address/target.ts";
import type { TunEvent } from "./events.ts";
import { HttpForwarder } from "./forward/http.ts";
import type { RequestStream } from "./forward/request_stream.ts";
import { TcpForwarder } from "./forward/tcp.ts";
import { WebhookCheck } from "./forward/webhook/webhook_check.ts";
import { WebhookGate } from "./forward/webhook/webhook_gate.ts";
import { AppTracer } from "./trace/app_tracer.ts";

/** A tunnel to a local service. */
export async function forwardedTunnel(
  spec: TunnelSpec,
  directory: string,
  report: (event: TunEvent) => void,
): Promise<AgentTunnel & Disposable> {
  const { kind, target, label } = spec;
  const forwarder = kind === "http"
    ? new HttpForwarder({ ...spec, report })
    : new TcpForwarder({ ...spec, report });
  const first = forwarder instanceof HttpForwarder
    ? entranceOf(forwarder, spec, report)
    : forwarder;
  return {
    ...await claimOf(spec),
    // A tunnel of a config file keeps its URL when its target changes.
    key: label === undefined ? targetIdentity(target, directory) : `config ${label}`,
    target: targetLabel(target),
    handle: (stream) => first.handle(stream),
    [Symbol.dispose]: () => forwarder.close(),
  };
}

/** Where requests come in on their way to a forwarder. */
function entranceOf(
  forwarder: HttpForwarder,
  { target, webhook, label }: TunnelSpec,
  report: (event: TunEvent) => void,
): { handle(stream: TunnelStream): void } {
  const tracer = AppTracer.open(target);
  const last = tracer === undefined
    ? forwarder
    : { handle: (stream: RequestStream) => forwarder.handle(tracer.follow(stream)) };
  if (webhook === undefined) return last;
  return new WebhookGate({
    check: new WebhookCheck(webhook),
    next: (stream) => last.handle(stream),
    report,
    label,
  });
}

/** What a claim says of a tunnel, beside its key. */
export async function claimOf(
  spec: Pick<
    TunnelSpec,
    | "kind"
    | "subdomain"
    | "publicPort"
    | "label"
    | "concurrency"
    | "requestTimeoutMs"
    | "access"
  >,
): Promise<Omit<AgentTunnel, "key" | "handle">> {
  const { kind, subdomain, publicPort, label, concurrency, requestTimeoutMs, access } = spec;
  return {
    kind,
    ...(subdomain === undefined ? {} : { name: subdomain }),
    ...(publicPort === undefined ? {} : { port: publicPort }),
    ...(label === undefined ? {} : { label }),
    options: {
      concurrency,
      requestTimeoutMs,
      ...(access === undefined ? {} : { access: await accessOptions(access) }),
    },
  };
}
