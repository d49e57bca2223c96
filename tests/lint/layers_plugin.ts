/**
 * Lint rules for the layers: who may import whom, and that the outside world is entered in main.ts alone.
 *
 * @module
 */

/** What may be taken from a place: "value" (anything) or "type" (`import type` only). Absent = nothing. */
type Reach = "value" | "type";

interface Layer {
  /**
   * Places in the repository, longest match wins: a file, a folder, or, with `_` at its end, every name that begins
   * so (files and folders with `_` are no URLs, so several may share them).
   */
  readonly own: Readonly<Record<string, Reach>>;
  /** Packages and built-ins. */
  readonly bare: readonly string[];
}

/** State is used through `deps`; these files of it hold names, errors and helpers without state. */
const PURE_KV = { "kv": "type", "kv/ids.ts": "value", "kv/plans.ts": "value", "kv/quota_error.ts": "value" } as const;
/** Tables and pure functions of the core that browsers run too: controls are made from the table of parameters. */
const PURE_CODEC = { "codec/params.ts": "value", "codec/transform.ts": "value", "codec/formats.ts": "value" } as const;
const SHARED_ROUTES = {
  "routes/_http": "value",
  "routes/_metrics": "type",
  "routes/_middleware": "value",
  "routes/_services": "value",
  "routes/deps.ts": "type",
  "routes/config.ts": "type",
} as const;

/** The matrix. A file belongs to the longest name that it lies under; what lies under none is free. */
const LAYERS: Readonly<Record<string, Layer>> = {
  "codec": { own: { codec: "value" }, bare: ["@jsquash", "node:crypto"] },
  "kv": { own: { "kv": "value", "codec": "type", "codec/formats.ts": "value" }, bare: ["node:crypto", "aws4fetch"] },
  "routes/_services": {
    own: { "routes/_services": "value", "routes/deps.ts": "type", "kv": "value", "codec": "value" },
    bare: ["client-zip", "jose", "@simplewebauthn/server", "stripe"],
  },
  "routes/_admin": {
    own: { "routes/_admin": "value", "routes/deps.ts": "type", "kv": "value", "codec": "value" },
    bare: [],
  },
  "routes/_metrics": {
    own: {
      "routes/_metrics": "value",
      "routes/_services/stages.ts": "type",
      "kv": "type",
      "kv/store.ts": "value",
      "codec": "type",
    },
    bare: ["@opentelemetry/api"],
  },
  "routes/_http": { own: { "routes/_http": "value", "kv": "type", "codec": "type" }, bare: ["zod"] },
  "routes/_middleware": {
    own: {
      ...SHARED_ROUTES,
      ...PURE_KV,
      "kv/lru.ts": "value",
      "kv/store.ts": "value",
      "kv/blobs/blobs.ts": "value",
      "codec": "value",
    },
    bare: ["hono", "node:crypto"],
  },
  "routes/api/v1/_schema": { own: { "routes/api/v1/_schema": "value", ...PURE_KV, "codec": "value" }, bare: ["zod"] },
  "routes/api": {
    own: { ...SHARED_ROUTES, ...PURE_KV, "routes/_admin": "value", "routes/api/v1/_": "value", "codec": "value" },
    bare: ["hono", "zod", "node:crypto"],
  },
  "routes/dashboard": {
    own: {
      ...SHARED_ROUTES,
      ...PURE_KV,
      "routes/dashboard/_": "value",
      "routes/api/v1/_schema": "type",
      "kv/lru.ts": "value",
      "kv/sessions.ts": "value",
      "codec": "value",
      "islands": "value",
    },
    bare: ["hono", "preact", "preact-render-to-string", "@preact/signals"],
  },
  "routes/app.ts": { own: { "routes": "value", ...PURE_KV, "codec": "value" }, bare: ["hono"] },
  "routes": { own: { ...SHARED_ROUTES, ...PURE_KV, "routes/_config": "value", "codec": "value" }, bare: ["hono"] },
  "islands": {
    own: {
      "islands": "value",
      "routes/api/v1/_schema": "type",
      "routes/dashboard/_text": "type",
      "routes/_http/api_error.ts": "type",
      ...PURE_CODEC,
    },
    bare: ["preact", "@preact/signals", "@simplewebauthn/browser", "thumbhash", "uplot"],
  },
  "routes/_admin/permission_flags.ts": {
    own: { "routes/_config": "value", "routes/config.ts": "value", "routes/permissions.ts": "value" },
    bare: [],
  },
  "routes/permissions.ts": { own: { "routes/_config": "value", "routes/config.ts": "value" }, bare: [] },
  "routes/front.ts": {
    own: { "routes/app.ts": "type", "routes/gate.ts": "value", "routes/permissions.ts": "value" },
    bare: [],
  },
  "routes/static_files.ts": { own: { "routes/static.ts": "value", "kv/ids.ts": "value" }, bare: [] },
  "routes/gate.ts": { own: { "routes/_http/plain_head.ts": "value" }, bare: [] },
  "routes/schedule.ts": {
    own: { "routes/_services": "value", "routes/background.ts": "type", "routes/deps.ts": "type" },
    bare: [],
  },
  "main.ts": {
    own: { "codec": "value", "kv": "value", "routes": "value", "fresh.config.ts": "value" },
    bare: ["node:crypto", "@opentelemetry/api"],
  },
};

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const WORLD: ReadonlySet<string> = new Set(["env", "openKv", "serve", "cron"]);

function isUnder(path: string, place: string): boolean {
  return path === place || path.startsWith(place.endsWith("_") ? place : `${place}/`);
}

function longestMatch<T>(table: Readonly<Record<string, T>>, path: string): [string, T] | null {
  const found = Object.entries(table).filter(([place]) => isUnder(path, place));
  return found.sort(([a], [b]) => b.length - a.length)[0] ?? null;
}

/** Path inside the repository, or null for a file elsewhere. */
function ownPath(filename: string): string | null {
  return filename.startsWith(ROOT) ? filename.slice(ROOT.length) : null;
}

function faultOf(filename: string, specifier: string, isTypeOnly: boolean): string | null {
  const from = longestMatch(LAYERS, ownPath(filename) ?? "");
  if (from === null) return null;
  const [name, layer] = from;
  if (!specifier.startsWith(".")) {
    if (layer.bare.some((package_) => isUnder(specifier, package_))) return null;
    return `Cannot import "${specifier}" from ${name}: allowed packages are [${layer.bare.join(", ")}]`;
  }
  const target = decodeURIComponent(new URL(specifier, `file://${filename}`).pathname).slice(ROOT.length);
  const reach = longestMatch(layer.own, target)?.[1];
  if (reach === undefined) return `Cannot import "${target}" from ${name}`;
  return reach === "value" || isTypeOnly ? null : `Cannot import a value of "${target}" from ${name}: use import type`;
}

function isTypeImport(node: Deno.lint.ImportDeclaration): boolean {
  if (node.importKind === "type") return true;
  return node.specifiers.length > 0 &&
    node.specifiers.every((s) => s.type === "ImportSpecifier" && s.importKind === "type");
}

const importDirection: Deno.lint.Rule = {
  create(context) {
    const check = (node: Deno.lint.Node, specifier: string, isTypeOnly: boolean) => {
      const message = faultOf(context.filename, specifier, isTypeOnly);
      if (message !== null) context.report({ node, message });
    };
    return {
      ImportDeclaration(node) {
        check(node, node.source.value, isTypeImport(node));
      },
      ExportAllDeclaration(node) {
        check(node, node.source.value, node.exportKind === "type");
      },
      ExportNamedDeclaration(node) {
        if (node.source) check(node, node.source.value, node.exportKind === "type");
      },
      ImportExpression(node) {
        if (node.source.type === "Literal" && typeof node.source.value === "string") {
          check(node, node.source.value, false);
        }
      },
    };
  },
};

function nameOf(node: Deno.lint.Node): string {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" ? String(node.value) : "";
}

const isDeno = (node: Deno.lint.Node | null) => node?.type === "Identifier" && node.name === "Deno";

const worldOnlyInMain: Deno.lint.Rule = {
  create(context) {
    const path = ownPath(context.filename);
    if (
      path === null || path === "main.ts" || path === "routes/_admin/permission_flags.ts" || path.startsWith("tests/")
    ) return {};
    const check = (node: Deno.lint.Node, name: string) => {
      if (WORLD.has(name)) {
        context.report({ node, message: `Deno.${name} is for main.ts only: take it as an argument` });
      }
    };
    return {
      MemberExpression(node) {
        if (isDeno(node.object)) check(node, nameOf(node.property));
      },
      VariableDeclarator(node) {
        if (!isDeno(node.init) || node.id.type !== "ObjectPattern") return;
        for (const property of node.id.properties) {
          if (property.type === "Property") check(property, nameOf(property.key));
        }
      },
    };
  },
};

const plugin: Deno.lint.Plugin = {
  name: "layers",
  rules: { "import-direction": importDirection, "world-only-in-main": worldOnlyInMain },
};
export default plugin;
