/**
 * Whether Deno records spans in this process.
 *
 * A span must not be started when it does not: older releases than 2.9 then end the process. So
 * this asks the variables as Deno itself does, in the one way that never prompts.
 *
 * An executable is told apart by a mark. `deno compile` decides about telemetry when it
 * compiles, so that the variables alone say nothing; `scripts/build.ts` switches it on and puts a
 * line that sets `globalThis.TUN_TELEMETRY` in front of the bundle.
 *
 * @module
 */

import type { TracerProvider } from "./span_api.ts";

/** What tells whether there is telemetry. */
export interface TelemetryPlatform {
  /** Deno's telemetry, in a release that has it. */
  readonly telemetry?: { readonly tracerProvider: TracerProvider };
  /** True in an executable. */
  readonly isStandalone: boolean;
  /** True in an executable that was built with telemetry. */
  readonly isMarked: boolean;
  /** A variable, or nothing if it may not be read. */
  variable(name: string): string | undefined;
}

const DENO: TelemetryPlatform = {
  telemetry: Deno.telemetry,
  isStandalone: Deno.build.standalone,
  isMarked: "TUN_TELEMETRY" in globalThis,
  variable: (name) => {
    const { state } = Deno.permissions.querySync({ name: "env", variable: name });
    return state === "granted" ? Deno.env.get(name) : undefined;
  },
};

/** Deno's own spans, or nothing if they are not recorded. */
export function denoTracerProvider(platform: TelemetryPlatform = DENO): TracerProvider | undefined {
  const { telemetry, isStandalone, isMarked } = platform;
  if (telemetry === undefined || (isStandalone && !isMarked)) return undefined;
  const flag = (name: string) => platform.variable(name)?.toLowerCase();
  const isOn = flag("OTEL_DENO") === "true" && flag("OTEL_DENO_TRACING") !== "false" &&
    flag("OTEL_SDK_DISABLED") !== "true";
  return isOn ? telemetry.tracerProvider : undefined;
}
