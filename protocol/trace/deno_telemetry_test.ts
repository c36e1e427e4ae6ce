import { assertEquals } from "@std/assert";
import { denoTracerProvider, type TelemetryPlatform } from "./deno_telemetry.ts";
import type { TracerProvider } from "./span_api.ts";

const provider: TracerProvider = {
  getTracer: () => {
    throw new Error("Nothing is to be traced here");
  },
};

function platform(
  env: Readonly<Record<string, string>>,
  parts: Partial<TelemetryPlatform> = {},
): TelemetryPlatform {
  return {
    telemetry: { tracerProvider: provider },
    isStandalone: false,
    isMarked: false,
    variable: (name) => env[name],
    ...parts,
  };
}

const ON = { OTEL_DENO: "true" };

Deno.test("denoTracerProvider() follows OTEL_DENO as Deno does", () => {
  for (const value of ["true", "TRUE", "True"]) {
    assertEquals(denoTracerProvider(platform({ OTEL_DENO: value })), provider, value);
  }
  for (const value of ["1", "yes", "false", "", " true"]) {
    assertEquals(denoTracerProvider(platform({ OTEL_DENO: value })), undefined, value);
  }
  assertEquals(denoTracerProvider(platform({})), undefined);
});

Deno.test("denoTracerProvider() gives nothing where traces are switched off", () => {
  assertEquals(denoTracerProvider(platform({ ...ON, OTEL_DENO_TRACING: "false" })), undefined);
  assertEquals(denoTracerProvider(platform({ ...ON, OTEL_SDK_DISABLED: "true" })), undefined);
});

Deno.test("denoTracerProvider() gives nothing in a Deno without telemetry", () => {
  const { telemetry: _, ...without } = platform(ON);
  assertEquals(denoTracerProvider(without), undefined);
});

Deno.test("denoTracerProvider() believes no variable in an executable without the mark", () => {
  assertEquals(denoTracerProvider(platform(ON, { isStandalone: true })), undefined);
  const marked = { isStandalone: true, isMarked: true };
  assertEquals(denoTracerProvider(platform(ON, marked)), provider);
  assertEquals(denoTracerProvider(platform({}, marked)), undefined);
});

Deno.test({
  name: "denoTracerProvider() asks nobody when it may not read the environment",
  permissions: { env: false },
  fn: () => assertEquals(denoTracerProvider(), undefined),
});
