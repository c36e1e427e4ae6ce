/**
 * A strict reader of what an exporter of OpenTelemetry sends as JSON: an
 * `ExportTraceServiceRequest`. A field that is missing, unknown or of another shape is an error.
 *
 * @module
 */

/** A value of an attribute. */
export type AttributeValue = string | number | boolean | bigint;

/** A span with what it came with. */
export interface ReceivedSpan {
  /** `service.name` of the process. */
  readonly service: string;
  /** The instrumentation scope. */
  readonly scope: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: "internal" | "server" | "client" | "producer" | "consumer";
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly isError: boolean;
}

const KINDS = [undefined, "internal", "server", "client", "producer", "consumer"] as const;

type Fields = Readonly<Record<string, unknown>>;

/** Reads a request's body. */
export function parseSpans(json: string): ReceivedSpan[] {
  const body = fieldsOf(JSON.parse(json), "request", ["resourceSpans"]);
  return listOf(body.resourceSpans, "resourceSpans").flatMap((entry) => {
    const { resource, scopeSpans } = fieldsOf(entry, "resourceSpans", [
      "resource",
      "scopeSpans",
      "schemaUrl",
    ]);
    const { attributes } = fieldsOf(resource, "resource", [
      "attributes",
      "droppedAttributesCount",
      "entityRefs",
    ]);
    const service = stringOf(attributesOf(attributes)["service.name"], "service.name");
    return listOf(scopeSpans, "scopeSpans").flatMap((entry) => spansOfScope(entry, service));
  });
}

function spansOfScope(entry: unknown, service: string): ReceivedSpan[] {
  const { scope, spans } = fieldsOf(entry, "scopeSpans", ["scope", "spans", "schemaUrl"]);
  const known = ["name", "version", "attributes", "droppedAttributesCount"];
  const name = stringOf(fieldsOf(scope, "scope", known).name, "scope.name");
  return listOf(spans, "spans").map((span) => spanOf(span, service, name));
}

function spanOf(value: unknown, service: string, scope: string): ReceivedSpan {
  const span = fieldsOf(value, "span", [
    "traceId",
    "spanId",
    "traceState",
    "parentSpanId",
    "flags",
    "name",
    "kind",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "attributes",
    "droppedAttributesCount",
    "events",
    "droppedEventsCount",
    "links",
    "droppedLinksCount",
    "status",
  ]);
  const { code } = fieldsOf(span.status, "status", ["message", "code"]);
  if (code !== 0 && code !== 1 && code !== 2) throw new TypeError(`status.code is ${code}`);
  const kind = KINDS[Number(span.kind)];
  if (kind === undefined) throw new TypeError(`kind is ${span.kind}`);
  const start = BigInt(matching(span.startTimeUnixNano, /^[1-9]\d{17,19}$/, "start"));
  const end = BigInt(matching(span.endTimeUnixNano, /^[1-9]\d{17,19}$/, "end"));
  if (end < start) throw new TypeError(`"${span.name}" ends before it starts`);
  return {
    service,
    scope,
    traceId: matching(span.traceId, /^(?!0+$)[0-9a-f]{32}$/, "traceId"),
    spanId: matching(span.spanId, /^(?!0+$)[0-9a-f]{16}$/, "spanId"),
    parentSpanId: matching(span.parentSpanId, /^((?!0+$)[0-9a-f]{16})?$/, "parentSpanId"),
    name: matching(span.name, /./, "name"),
    kind,
    start,
    end,
    attributes: attributesOf(span.attributes),
    isError: code === 2,
  };
}

function attributesOf(value: unknown): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const entry of listOf(value, "attributes")) {
    const pair = fieldsOf(entry, "attribute", ["key", "value"]);
    const key = matching(pair.key, /./, "key");
    if (Object.hasOwn(attributes, key)) throw new TypeError(`attribute "${key}" is there twice`);
    attributes[key] = attributeOf(pair.value, key);
  }
  return attributes;
}

function attributeOf(value: unknown, key: string): AttributeValue {
  const entries = Object.entries(fieldsOf(value, key, [
    "stringValue",
    "boolValue",
    "intValue",
    "doubleValue",
  ]));
  const [kind, content] = entries[0] ?? [];
  if (entries.length === 1) {
    if (kind === "stringValue" && typeof content === "string") return content;
    if (kind === "boolValue" && typeof content === "boolean") return content;
    if (kind === "doubleValue" && typeof content === "number") return content;
    if (kind === "intValue") return BigInt(matching(content, /^-?\d+$/, key));
  }
  throw new TypeError(`attribute "${key}" is ${JSON.stringify(value)}`);
}

function fieldsOf(value: unknown, what: string, known: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${what} is no object`);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new TypeError(`${what} has "${unknown}"`);
  return value as Fields;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${what} is no list`);
  return value;
}

function stringOf(value: unknown, what: string): string {
  return matching(value, /^/, what);
}

function matching(value: unknown, form: RegExp, what: string): string {
  if (typeof value === "string" && form.test(value)) return value;
  throw new TypeError(`${what} is ${JSON.stringify(value)}`);
}
