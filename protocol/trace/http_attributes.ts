/**
 * Requests in the words of OpenTelemetry's conventions for HTTP. What visitors make up is bounded.
 *
 * @module
 */

import type { SpanAttributes } from "./span_api.ts";

/** The methods that the conventions know; every other is `_OTHER`, so that names stay few. */
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
]);

/** As much of it as the access log shows. */
const MOST_METHOD_LENGTH = 32;
const MOST_PATH_LENGTH = 1024;

/** The name of a span for a request. */
export function methodName(method: string): string {
  return KNOWN_METHODS.has(method) ? method : "HTTP";
}

/** The method of a request. */
export function methodAttributes(method: string): SpanAttributes {
  if (KNOWN_METHODS.has(method)) return { "http.request.method": method };
  return {
    "http.request.method": "_OTHER",
    "http.request.method_original": method.slice(0, MOST_METHOD_LENGTH),
  };
}

/** The path of a target, without its query. */
export function pathAttribute(target: string): string {
  const query = target.indexOf("?");
  return target.slice(0, Math.min(query === -1 ? target.length : query, MOST_PATH_LENGTH));
}
