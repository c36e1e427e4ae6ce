/**
 * A reader of PromQL, as far as our dashboard needs it, with its types: an expression that Prometheus
 * would refuse is refused here, and what it selects is told.
 *
 * ```text
 * expression := term (operator term)*          + - * / > < >= <= == !=
 * term       := number | (expression) | aggregation | function | selector
 * ```
 *
 * @module
 */

/** What an expression selects from the database. */
export interface Selection {
  readonly metric: string;
  /** Names of labels that are compared. */
  readonly labels: readonly string[];
  /** Labels that are compared with one value. */
  readonly values: ReadonlyMap<string, string>;
  /** The functions and aggregations around it, the innermost first. */
  readonly within: readonly string[];
  /** Labels by which the aggregations around it keep series apart. */
  readonly keptBy: readonly string[];
}

/** An expression that Prometheus would refuse. */
export class PromqlError extends Error {
  override readonly name = "PromqlError";
}

type Type = "scalar" | "instant" | "range";

/** Functions, with what they take and give. */
const FUNCTIONS: Readonly<Record<string, { takes: readonly Type[]; gives: Type }>> = {
  rate: { takes: ["range"], gives: "instant" },
  increase: { takes: ["range"], gives: "instant" },
  histogram_quantile: { takes: ["scalar", "instant"], gives: "instant" },
  time: { takes: [], gives: "scalar" },
};

/** Aggregations, and whether they take a number first. */
const AGGREGATIONS: Readonly<Record<string, boolean>> = {
  sum: false,
  min: false,
  max: false,
  avg: false,
  topk: true,
};

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?)|([a-zA-Z_:][\w:]*)|("(?:[^"\\]|\\.)*")|(=~|!~|!=|==|>=|<=|[-+*/><=(){},])|\[(\$?\w+)\])/y;

const OPERATORS: ReadonlySet<string> = new Set([
  ...["+", "-", "*", "/", ">", "<", ">=", "<=", "==", "!="],
]);

interface Token {
  readonly kind: "number" | "word" | "text" | "sign" | "range" | "end";
  readonly text: string;
}

/**
 * Reads an expression and gives what it selects.
 *
 * @throws {PromqlError} If Prometheus would refuse it, or it is beyond this reader.
 */
export function readPromql(expression: string): Selection[] {
  return new Reader(expression).read();
}

type Around = Pick<Selection, "within" | "keptBy">;

class Reader {
  readonly #tokens: Token[];
  readonly #expression: string;
  readonly #selections: Selection[] = [];
  #at = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokensOf(expression);
  }

  read(): Selection[] {
    const type = this.#operation({ within: [], keptBy: [] });
    if (this.#peek().kind !== "end") throw this.#fail(`${this.#peek().text} is too much`);
    if (type === "range") throw this.#fail("a range cannot be drawn");
    return this.#selections;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(text?: string): string {
    const token = this.#peek();
    if (text !== undefined && token.text !== text) {
      throw this.#fail(`expected ${text}, got ${token.text}`);
    }
    if (token.kind === "end") throw this.#fail("it ends too early");
    this.#at++;
    return token.text;
  }

  #operation(around: Around): Type {
    let type = this.#term(around);
    while (this.#peek().kind === "sign" && OPERATORS.has(this.#peek().text)) {
      const operator = this.#take();
      const other = this.#term(around);
      if (type === "range" || other === "range") throw this.#fail(`${operator} of a range`);
      if (type === "scalar") type = other;
    }
    return type;
  }

  #term(around: Around): Type {
    const { kind, text } = this.#peek();
    if (kind === "number") {
      this.#take();
      return "scalar";
    }
    if (text === "(") {
      this.#take("(");
      const type = this.#operation(around);
      this.#take(")");
      return type;
    }
    if (kind !== "word") throw this.#fail(`expected something to draw, got ${text}`);
    this.#take();
    if (text in AGGREGATIONS) return this.#aggregation(text, around);
    return this.#peek().text === "(" ? this.#function(text, around) : this.#selector(text, around);
  }

  #aggregation(name: string, around: Around): Type {
    let keptBy: readonly string[] = [];
    if (this.#peek().text === "by") {
      this.#take("by");
      keptBy = this.#list();
    }
    const inner = { within: [name, ...around.within], keptBy: [...keptBy, ...around.keptBy] };
    this.#arguments(name, AGGREGATIONS[name] ? ["scalar", "instant"] : ["instant"], inner);
    return "instant";
  }

  #function(name: string, around: Around): Type {
    const known = FUNCTIONS[name];
    if (known === undefined) throw this.#fail(`no function ${name}`);
    this.#arguments(name, known.takes, { ...around, within: [name, ...around.within] });
    return known.gives;
  }

  #arguments(name: string, takes: readonly Type[], around: Around): void {
    this.#take("(");
    for (const [index, wanted] of takes.entries()) {
      if (index > 0) this.#take(",");
      const type = this.#operation(around);
      if (type !== wanted) throw this.#fail(`${name} takes ${wanted}, not ${type}`);
    }
    this.#take(")");
  }

  #list(): string[] {
    const names: string[] = [];
    this.#take("(");
    while (this.#peek().text !== ")") {
      if (names.length > 0) this.#take(",");
      if (this.#peek().kind !== "word") throw this.#fail("a label without name");
      names.push(this.#take());
    }
    this.#take(")");
    return names;
  }

  #selector(metric: string, around: Around): Type {
    const labels: string[] = [];
    const values = new Map<string, string>();
    if (this.#peek().text === "{") {
      this.#take("{");
      while (this.#peek().text !== "}") {
        if (labels.length > 0) this.#take(",");
        if (this.#peek().kind !== "word") throw this.#fail("a matcher without label");
        const label = this.#take();
        const operator = this.#take();
        if (!["=", "!=", "=~", "!~"].includes(operator)) throw this.#fail(`no matcher ${operator}`);
        if (this.#peek().kind !== "text") throw this.#fail("a matcher without value");
        const value: string = JSON.parse(this.#take());
        labels.push(label);
        if (operator === "=") values.set(label, value);
      }
      this.#take("}");
    }
    this.#selections.push({ metric, labels, values, ...around });
    if (this.#peek().kind !== "range") return "instant";
    this.#take();
    return "range";
  }

  #fail(what: string): PromqlError {
    return new PromqlError(`${what}: ${this.#expression}`);
  }
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < expression.trimEnd().length; at = TOKEN.lastIndex) {
    const match = TOKEN.exec(expression);
    if (match === null) throw new PromqlError(`no sense from character ${at}: ${expression}`);
    const [, number, word, text, sign, range] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (text !== undefined) tokens.push({ kind: "text", text });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else tokens.push({ kind: "range", text: duration(range!, expression) });
  }
  return [...tokens, { kind: "end", text: "the end" }];
}

/** Grafana's own, or such as `5m`. */
function duration(text: string, expression: string): string {
  if (text === "$__rate_interval" || /^\d+(ms|[smhdwy])$/.test(text)) return text;
  throw new PromqlError(`no duration ${text}: ${expression}`);
}
