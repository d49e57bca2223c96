import { assertEquals, assertStringIncludes } from "@std/assert";
import plugin from "./layers_plugin.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const messages = (file: string, source: string) =>
  Deno.lint.runPlugin(plugin, ROOT + file, source).map((d) => d.message);

/** File, statement, part of the message; null = allowed. */
const IMPORTS: readonly (readonly [string, string, string | null])[] = [
  ["codec/plan.ts", `import { x } from "./geometry.ts"`, null],
  ["codec/engine.ts", `import encode from "@jsquash/webp/encode.js"`, null],
  ["codec/plan.ts", `import { x } from "zod"`, 'Cannot import "zod" from codec'],
  ["codec/plan.ts", `import { x } from "node:crypto"`, null],
  ["codec/plan.ts", `import { x } from "node:fs"`, 'Cannot import "node:fs" from codec'],
  ["codec/plan.ts", `import type { X } from "../kv/ids.ts"`, 'Cannot import "kv/ids.ts" from codec'],
  ["kv/images.ts", `import { splitExtension } from "../codec/formats.ts"`, null],
  ["kv/images.ts", `import type { Fit } from "../codec/params.ts"`, null],
  ["kv/images.ts", `import { type Fit } from "../codec/params.ts"`, null],
  ["kv/images.ts", `import { type Fit, FITS } from "../codec/params.ts"`, 'Cannot import a value of "codec/params.ts"'],
  ["kv/images.ts", `import "../codec/params.ts"`, 'Cannot import a value of "codec/params.ts"'],
  ["kv/images.ts", `export { FITS } from "../codec/params.ts"`, 'Cannot import a value of "codec/params.ts"'],
  ["kv/images.ts", `export * from "../codec/params.ts"`, 'Cannot import a value of "codec/params.ts"'],
  ["kv/images.ts", `await import("../codec/params.ts")`, 'Cannot import a value of "codec/params.ts"'],
  ["kv/passwords.ts", `import { scrypt } from "node:crypto"`, null],
  ["kv/images.ts", `import type { Deps } from "../routes/deps.ts"`, 'Cannot import "routes/deps.ts" from kv'],
  ["routes/_services/a.ts", `import { x } from "../../kv/images.ts"`, null],
  ["routes/_services/a.ts", `import type { Deps } from "../deps.ts"`, null],
  ["routes/_services/a.ts", `import { createDeps } from "../deps.ts"`, 'Cannot import a value of "routes/deps.ts"'],
  ["routes/_services/a.ts", `import type { Context } from "hono"`, 'Cannot import "hono" from routes/_services'],
  [
    "routes/_services/a.ts",
    `import { ApiError } from "../_http/api_error.ts"`,
    'Cannot import "routes/_http/api_error.ts"',
  ],
  ["routes/_http/a.ts", `import { z } from "zod"`, null],
  ["routes/_http/a.ts", `import { isImageId } from "../../kv/ids.ts"`, 'Cannot import a value of "kv/ids.ts"'],
  ["routes/_http/a.ts", `import type { Deps } from "../deps.ts"`, 'Cannot import "routes/deps.ts"'],
  ["routes/_admin/a.ts", `import { NameError } from "../../kv/ids.ts"`, null],
  ["routes/_admin/a.ts", `import { Hono } from "hono"`, 'Cannot import "hono" from routes/_admin'],
  ["routes/_middleware/a.ts", `import { StoreError } from "../../kv/store.ts"`, null],
  ["routes/_middleware/a.ts", `import { Images } from "../../kv/images.ts"`, 'Cannot import a value of "kv/images.ts"'],
  ["routes/i.ts", `import { parseUserName } from "../kv/ids.ts"`, null],
  ["routes/i.ts", `import { health } from "./health.ts"`, 'Cannot import "routes/health.ts" from routes'],
  ["routes/api/v1/usage.ts", `import { x } from "./_schema/images.ts"`, null],
  ["routes/api/v1/usage.ts", `import { x } from "./images.ts"`, 'Cannot import "routes/api/v1/images.ts"'],
  [
    "routes/api/v1/usage.ts",
    `import { Page } from "../../dashboard/_render.tsx"`,
    'Cannot import "routes/dashboard/_render',
  ],
  ["routes/dashboard/home.tsx", `import { Page } from "./_render.tsx"`, null],
  ["routes/dashboard/home.tsx", `import { renderToString } from "preact-render-to-string"`, null],
  [
    "routes/dashboard/home.tsx",
    `import { signIn } from "./sign_in.tsx"`,
    'Cannot import "routes/dashboard/sign_in.tsx"',
  ],
  ["routes/app.ts", `import { health } from "./health.ts"`, null],
  ["islands/Upload.tsx", `import type { X } from "../routes/api/v1/_schema/images.ts"`, null],
  ["islands/Upload.tsx", `import { X } from "../routes/api/v1/_schema/images.ts"`, "Cannot import a value of"],
  ["islands/Upload.tsx", `import { useSignal } from "@preact/signals"`, null],
  ["islands/Upload.tsx", `import type { X } from "../kv/records.ts"`, 'Cannot import "kv/records.ts" from islands'],
  ["main.ts", `import { Images } from "./kv/images.ts"`, null],
  ["main.ts", `import { Upload } from "./islands/Upload.tsx"`, 'Cannot import "islands/Upload.tsx" from main.ts'],
  ["tests/kv/x_test.ts", `import { Images } from "../../kv/images.ts"`, null],
  ["kv/images.ts", `import { x } from "../codec/formats.tsx"`, 'Cannot import a value of "codec/formats.tsx"'],
];

for (const [file, statement, part] of IMPORTS) {
  Deno.test(`layers/import-direction ${part === null ? "allows" : "refuses"} ${statement} when in ${file}`, () => {
    const found = messages(file, statement);
    assertEquals(found.length, part === null ? 0 : 1);
    if (part !== null) assertStringIncludes(found[0]!, part);
  });
}

const WORLD: readonly (readonly [string, string, number])[] = [
  ["kv/a.ts", `Deno.openKv()`, 1],
  ["routes/a.ts", `Deno.env.get("HOME")`, 1],
  ["routes/a.ts", `Deno["env"]`, 1],
  ["routes/a.ts", `const { env, build } = Deno`, 1],
  ["codec/a.ts", `Deno.serve(() => new Response())`, 1],
  ["kv/a.ts", `Deno.cron("x", "* * * * *", () => {})`, 1],
  ["kv/a.ts", `Deno.readFile("x"); other.env`, 0],
  ["main.ts", `Deno.serve(() => new Response(Deno.env.get("x")))`, 0],
  ["tests/kv/a_test.ts", `Deno.openKv(":memory:")`, 0],
];

for (const [file, source, faults] of WORLD) {
  Deno.test(`layers/world-only-in-main reports ${faults} when ${file} has ${source}`, () => {
    assertEquals(messages(file, source).length, faults);
  });
}
