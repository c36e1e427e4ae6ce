/**
 * Keeps the layers apart: who may import whom, and which code may touch the
 * platform. CONTRIBUTING.md has the picture.
 *
 * @module
 */

const ROOT = new URL("..", import.meta.url).pathname;

/** What each package may import of ours by name. Its own files it names by relative path. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  server: ["@tun/protocol"],
  client: ["@tun/protocol"],
};

/** Names through which code reaches time, the network, the process or the terminal. */
const PLATFORM: ReadonlySet<string> = new Set([
  "Bun",
  "Date",
  "Deno",
  "EventSource",
  "WebSocket",
  "WebSocketStream",
  "clearInterval",
  "clearTimeout",
  "console",
  "fetch",
  "globalThis",
  "navigator",
  "performance",
  "process",
  "self",
  "setInterval",
  "setTimeout",
]);

/** Places of the protocol that exist to touch the platform. */
const PLATFORM_CODE = /^protocol\/(transport\/|clock\.ts$|trace\/deno_telemetry\.ts$)/;

/** Tests and benchmarks are not published and may use anything. */
const UNPUBLISHED = /_(test|bench)\.tsx?$/;

/** The file's path from the repository's root, with forward slashes. */
function pathInRepository(filename: string): string {
  const path = filename.replaceAll("\\", "/").replace(/^file:\/\//, "");
  return path.startsWith(ROOT) ? path.slice(ROOT.length) : path;
}

/** The package a published file belongs to, or undefined where the rules do not apply. */
function packageOf(path: string): string | undefined {
  const name = path.slice(0, path.indexOf("/"));
  return Object.hasOwn(ALLOWED, name) && !UNPUBLISHED.test(path) ? name : undefined;
}

/** Why `specifier` may not be imported by the file at `path` of `owner`, or undefined if it may. */
function objection(owner: string, path: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) {
    const target = new URL(specifier, `file:///repository/${path}`).pathname;
    return target.startsWith(`/repository/${owner}/`)
      ? undefined
      : `${owner}/ must not import "${specifier}": a relative import stays inside its package`;
  }
  if (/^(\/|file:)/.test(specifier)) {
    return `${owner}/ must not import "${specifier}": an absolute path is not portable`;
  }
  const name = specifier.replace(/^jsr:\/?/, "");
  const door = name.match(/^@tun\/[^/@]+/)?.[0];
  if (door !== undefined && !ALLOWED[owner]?.includes(door)) {
    return `${owner}/ must not import "${specifier}": see the layers in CONTRIBUTING.md`;
  }
  if (owner === "protocol" && name.startsWith("node:") && !PLATFORM_CODE.test(path)) {
    return `protocol/ must not import "${specifier}" outside protocol/transport/ and clock.ts`;
  }
  return undefined;
}

/** True where an identifier is only a label: a property's or a member's name. */
function isLabel(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.property === node && !parent.computed;
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
    case "TSAbstractMethodDefinition":
    case "TSAbstractPropertyDefinition":
    case "TSMethodSignature":
    case "TSPropertySignature":
      return parent.key === node && !parent.computed;
    case "TSEnumMember":
      return parent.id === node;
    case "TSQualifiedName":
      return parent.right === node;
    default:
      return false;
  }
}

const importDirection: Deno.lint.Rule = {
  create(context) {
    const path = pathInRepository(context.filename);
    const owner = packageOf(path);
    if (owner === undefined) return {};
    const check = (node: Deno.lint.Node, source: Deno.lint.Node | null): void => {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      const message = objection(owner, path, source.value);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
      TSImportType: (node) =>
        check(node, node.argument.type === "TSLiteralType" ? node.argument.literal : null),
    };
  },
};

const noPlatform: Deno.lint.Rule = {
  create(context) {
    const path = pathInRepository(context.filename);
    if (packageOf(path) !== "protocol" || PLATFORM_CODE.test(path)) return {};
    return {
      Identifier(node) {
        if (!PLATFORM.has(node.name) || isLabel(node)) return;
        context.report({
          node,
          message: `"${node.name}" is the platform's: take it as a Clock, a Transport or an option`,
        });
      },
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || node.object.name !== "Math") return;
        if (node.property.type !== "Identifier" || node.property.name !== "random") return;
        context.report({
          node,
          message: '"Math.random" cannot be seeded: take randomness as an option',
        });
      },
    };
  },
};

/** The lint plugin; `deno.json` names it. */
const plugin: Deno.lint.Plugin = {
  name: "layers",
  rules: { "import-direction": importDirection, "no-platform": noPlatform },
};

export default plugin;
