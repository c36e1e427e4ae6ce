/**
 * An operator's client that believes nothing: every answer is held against `/openapi.json`, and
 * what was called, and with which outcome, is kept.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { isObject, lookUp, schemaFaults } from "../support/json_schema.ts";

/** What a call sends. */
export interface CallOptions {
  /** The operators' token; nothing with `null`. */
  readonly token?: string | null;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that is as described. */
export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- It was held against its schema.
  readonly json: any;
}

/** An operation as described. */
interface Described {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly shape: RegExp;
  readonly operation: Record<string, unknown>;
}

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** The client. */
export class AdminClient {
  /** What was described, and came: `getTunnel 200`, `getTunnel 404 unknown_tunnel`. */
  readonly outcomes: Set<string> = new Set();
  /** The description. */
  readonly document: unknown;
  readonly #base: string;
  readonly #token: string;
  readonly #operations: readonly Described[];

  private constructor(base: string, token: string, document: unknown) {
    this.#base = base;
    this.#token = token;
    this.document = document;
    this.#operations = Array.from(operationsOf(document));
  }

  /** Reads the description that a server gives. */
  static async open(port: number, token: string): Promise<AdminClient> {
    const base = `http://127.0.0.1:${port}`;
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${base}/openapi.json`, { headers });
    return new AdminClient(base, token, await response.json());
  }

  /** All operations that are described. */
  get operations(): readonly Described[] {
    return this.#operations;
  }

  /** All outcomes that are described. */
  *described(): Generator<string, void, undefined> {
    for (const { operationId, operation } of this.#operations) {
      for (const [status, answer] of entries(operation.responses)) {
        const codes = codesOf(answer);
        if (codes === undefined) yield `${operationId} ${status}`;
        for (const code of codes ?? []) yield `${operationId} ${status} ${code}`;
      }
    }
  }

  /** Calls an operation, and checks the answer against what is described. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<CallAnswer> {
    const described = this.#find(method, path);
    const response = await this.send(method, path, options);
    const { status, headers } = response;
    const what = `${method} ${path}: ${status}`;
    const answer = (described.operation.responses as Record<string, unknown>)[status];
    assert(isObject(answer), `${what} is not described: ${await response.clone().text()}`);
    const text = await response.text();
    let json: unknown;
    if (answer.content === undefined) {
      assertEquals(text, "", `${what}: a body that is not described`);
    } else {
      const [[type, { schema }]] = entries(answer.content) as [[string, { schema: unknown }]];
      assertEquals(headers.get("content-type")?.split(";")[0], type, what);
      json = type === "application/json" ? JSON.parse(text) : text;
      assertEquals(schemaFaults(json, schema, this.document), [], what);
    }
    const code = status >= 400 && isObject(json) ? ` ${json.error}` : "";
    this.outcomes.add(`${described.operationId} ${status}${code}`);
    return { status, headers, json };
  }

  /** Sends a request whatever the description says. */
  async send(method: string, path: string, options: CallOptions = {}): Promise<Response> {
    const { token = this.#token, json, body, headers = {} } = options;
    const sent = json === undefined ? body : JSON.stringify(json);
    return await fetch(this.#base + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
  }

  #find(method: string, path: string): Described {
    const bare = path.split("?")[0]!;
    const found = this.#operations.find((one) =>
      one.method === method.toLowerCase() && one.shape.test(bare)
    );
    assert(found !== undefined, `${method} ${path} is not described`);
    return found;
  }
}

function* operationsOf(document: unknown): Generator<Described, void, undefined> {
  for (const [path, methods] of entries(lookUp(document, "#/paths"))) {
    const pattern = path.replace(/[.]/g, "\\$&").replace(/\{\w+\}/g, "[^/]+");
    for (const [method, operation] of entries(methods)) {
      assert(METHODS.includes(method), `${path}: ${method} is no method`);
      assert(isObject(operation));
      const operationId = String(operation.operationId);
      yield { operationId, method, path, shape: new RegExp(`^${pattern}$`), operation };
    }
  }
}

/** The codes of a refusal, if it is one. */
function codesOf(answer: unknown): string[] | undefined {
  const content = isObject(answer) ? answer.content : undefined;
  const schema = isObject(content) ? content["application/json"] : undefined;
  const properties = isObject(schema) && isObject(schema.schema) ? schema.schema.properties : {};
  const error = isObject(properties) ? properties.error : undefined;
  return isObject(error) ? error.enum as string[] : undefined;
}

function entries(value: unknown): [string, unknown][] {
  assert(isObject(value), `Not an object: ${JSON.stringify(value)}`);
  return Object.entries(value);
}
