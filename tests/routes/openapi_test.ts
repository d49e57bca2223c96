/** The OpenAPI document: valid, complete, and true: every operation in it is called and its answer checked against it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Validator } from "npm:@seriousme/openapi-schema-validator@2.11.0";
import { Ajv2020 } from "npm:ajv@8.20.0/dist/2020.js";
import type { z } from "zod";
import type { JsonSchema, OpenApiDocument, OpenApiOperation } from "../../routes/_http/openapi.ts";
import { responsesOf } from "../../routes/_http/openapi.ts";
import { resolved } from "../../routes/_http/schema_text.ts";
import { documentedPath, type OperationKey, OPERATIONS } from "../../routes/api/v1/_operations.ts";
import { isJsonAnswer, type Operation } from "../../routes/api/v1/_operations/operation.ts";
import { routeTable } from "../../routes/app.ts";
import { startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import {
  OPERATION_CALLS,
  type OperationCall,
  type OperationId,
  OperationWorld,
  requestOf,
} from "../doubles/operations.ts";

async function documentOf(app: TestApp, path = "/openapi.json"): Promise<OpenApiDocument> {
  const response = await app.request(path);
  assertEquals([response.status, response.headers.get("content-type")], [200, "application/json; charset=utf-8"]);
  return await response.json();
}

async function withApp(run: (app: TestApp) => Promise<void>, env: Record<string, string> = {}): Promise<void> {
  const app = await startTestApp({ env });
  try {
    await run(app);
  } finally {
    await app.close();
  }
}

const ENTRIES = Object.entries(OPERATIONS) as [OperationKey, Operation & { id: OperationId }][];

Deno.test("the document is valid OpenAPI 3.1", () =>
  withApp(async (app) => {
    const document = await documentOf(app);
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
    assert(valid, JSON.stringify(errors ?? null).slice(0, 1_000));
    assertEquals([document.openapi, document.servers.map(({ url }) => url)], ["3.1.0", ["http://localhost:8000"]]);
    assertEquals(await documentOf(app, "/api-reference/openapi.json"), document);
  }));

Deno.test("every reference of the document leads somewhere, and everything named is used", () =>
  withApp(async (app) => {
    const text = JSON.stringify(await documentOf(app));
    const document = JSON.parse(text);
    const refs = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/([a-z]+)\/(\w+)"/gi)].map(([, a, b]) => `${a}/${b}`),
    );
    assertEquals(text.match(/"\$ref":/g)!.length, text.match(/"\$ref":"#\/components\/[a-z]+\/\w+"/gi)!.length);
    const named = ["schemas", "responses", "headers"].flatMap((kind) =>
      Object.keys(document.components[kind]).map((name) => `${kind}/${name}`)
    );
    assertEquals([...refs].toSorted(), named.toSorted());
  }));

Deno.test("a picture host of its own is a second server of the document", () =>
  withApp(async (app) => {
    const urls = (await documentOf(app)).servers.map(({ url }) => url);
    assertEquals(urls, ["http://localhost:8000", "https://cdn.example.com"]);
  }, { CDN_URL: "https://cdn.example.com" }));

Deno.test("the document has every route of the API and no other", () =>
  withApp(async (app) => {
    const isPage = (cache: string) => cache === "private, no-store" || cache === "public, 1 hour, by etag";
    const rows = routeTable(app.deps, new Map()).filter(({ cache }) => !isPage(cache));
    const keys = rows.map(({ method, path }) => `${method} ${path}`).toSorted();
    assertEquals(keys, Object.keys(OPERATIONS).toSorted());
    const document = await documentOf(app);
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
    );
    const wanted = ENTRIES.map(([key, operation]) => documentedPath(key, operation));
    assertEquals(documented.toSorted(), wanted.toSorted());
    assertEquals(new Set(ENTRIES.map(([, { id }]) => id)).size, ENTRIES.length);
  }));

Deno.test("every example body of the table passes its own schema", () => {
  for (const [key, { body, example }] of ENTRIES) {
    if (example !== undefined) assert(body!.safeParse(example).success, key);
  }
});

/** Keys of an answer that its schema does not tell of. */
function undocumented(value: unknown, given: JsonSchema, document: OpenApiDocument, at = ""): string[] {
  const schema = resolved(given, document.components.schemas);
  if (value === null || typeof value !== "object") return [];
  const inner = schema.anyOf?.find((one) => one.type !== "null");
  if (inner !== undefined) return undocumented(value, inner, document, at);
  if (Array.isArray(value)) return value.flatMap((v) => undocumented(v, schema.items ?? {}, document, `${at}[]`));
  if (schema.properties === undefined || schema.additionalProperties !== undefined) return [];
  return Object.entries(value).flatMap(([key, v]) => {
    const property = schema.properties![key];
    return property === undefined ? [`${at}.${key}`] : undocumented(v, property, document, `${at}.${key}`);
  });
}

/** Checks answers against the document and against the zod schemas. */
class Checker {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });

  constructor(readonly document: OpenApiDocument) {
    this.#ajv.addSchema(document as never, "document");
  }

  operation(key: OperationKey): OpenApiOperation {
    const [method, path] = documentedPath(key, OPERATIONS[key]).split(" ") as [string, string];
    return this.document.paths[path]![method.toLowerCase()]!;
  }

  /** Fails unless a schema of the document takes a value. */
  assertFits(value: unknown, { $ref }: JsonSchema, shown: string): void {
    const validate = this.#ajv.getSchema(`document${$ref}`)!;
    assert(validate(value), `${shown}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(value)}`);
    assertEquals(undocumented(value, { $ref: $ref! }, this.document), [], shown);
  }

  /** Fails unless an answer is as documented for its status; gives its text. */
  async assertDocumented(key: OperationKey, response: Response): Promise<string> {
    const shown = `${key} → ${response.status}`;
    const documented = responsesOf(this.operation(key), this.document).find(([s]) => s === String(response.status))
      ?.[1];
    assert(documented !== undefined, `${shown} is not documented: ${await response.clone().text()}`);
    for (const name of Object.keys(documented.headers ?? {})) {
      if (name !== "Retry-After") assert(response.headers.has(name), `${shown} lacks ${name}`);
    }
    const type = response.headers.get("content-type")?.split(";")[0] ?? null;
    if (documented.content === undefined) assertEquals([type, await response.clone().text()], [null, ""], shown);
    else assert(type !== null && type in documented.content, `${shown} is ${type}`);
    const text = await response.text();
    const schema = documented.content?.["application/json"]?.schema;
    if (schema !== undefined) this.assertFits(JSON.parse(text), schema, shown);
    return text;
  }
}

const send = (app: TestApp, [path, init]: [string, RequestInit]) => app.request(path, init);

/** Calls an operation as a user and checks the answer; gives its text. */
async function succeed(
  world: OperationWorld,
  checker: Checker,
  key: OperationKey,
  given: OperationCall,
  by: TestUser,
): Promise<string> {
  const operation: Operation = OPERATIONS[key];
  const response = await send(given.app ?? world.app, requestOf(key, operation, given, by));
  const [status, answer] = Object.entries(operation.answers)[0]!;
  assertEquals(response.status, Number(status), `${key}: ${await response.clone().text()}`);
  const text = await checker.assertDocumented(key, response);
  if (isJsonAnswer(answer)) (answer as z.ZodType).parse(JSON.parse(text));
  return text;
}

const isKeyed = (operation: OpenApiOperation) => operation.security.some((one) => "apiKey" in one);

Deno.test("every documented operation answers as documented, to each of two users their own", async (t) => {
  const world = await OperationWorld.start();
  try {
    const checker = new Checker(await documentOf(world.app));
    const [john, mary] = [await world.app.addUser("john"), await world.app.addUser("mary")];
    for (const [key, operation] of ENTRIES) {
      await t.step(`${operation.id}: ${key}`, async () => {
        const recipe = OPERATION_CALLS[operation.id];
        const ofJohn = await recipe(world, john);
        if (isKeyed(checker.operation(key)) && ofJohn.headers === undefined) {
          await assertGuardsItself(world, checker, key, ofJohn, john, mary);
        }
        await succeed(world, checker, key, ofJohn, john);
        const text = await succeed(world, checker, key, await recipe(world, mary), mary);
        const isOperators = checker.operation(key).tags[0] === "Operators";
        if (!isOperators) assert(!text.includes(john.user.id) && !text.includes("john"), `${key} shows John to Mary`);
      });
    }
  } finally {
    await world.close();
  }
});

/** Nobody without a key, and nobody with another one's id. */
async function assertGuardsItself(
  world: OperationWorld,
  checker: Checker,
  key: OperationKey,
  given: OperationCall,
  john: TestUser,
  mary: TestUser,
): Promise<void> {
  const request = requestOf(key, OPERATIONS[key], given, john);
  const unknown = await send(world.app, [request[0], { ...request[1], headers: {} }]);
  assertEquals(unknown.status, 401, key);
  await checker.assertDocumented(key, unknown);
  if (given.parameters === undefined) return;
  const strange = await send(world.app, [request[0], { ...request[1], headers: { ...mary.auth } }]);
  assertEquals(strange.status, "username" in given.parameters ? 403 : 404, `${key} for Mary`);
  assert(!(await checker.assertDocumented(key, strange)).includes(john.user.id));
}

Deno.test("a list that is asked for by its etag answers 304 as documented", () =>
  withApp(async (app) => {
    const [checker, john] = [new Checker(await documentOf(app)), await app.addUser("john")];
    for (const [key, path] of [["GET /api/v1/images", ""], ["GET /api/v1/images/search", "/search?q=a"]] as const) {
      const { headers } = await app.request(`/api/v1/images${path}`, { headers: john.auth });
      const again = { ...john.auth, "if-none-match": headers.get("etag")! };
      const response = await app.request(`/api/v1/images${path}`, { headers: again });
      assertEquals(response.status, 304);
      await checker.assertDocumented(key, response);
    }
  }));

Deno.test("documents are cached by etag and may be read from any site", () =>
  withApp(async (app) => {
    for (const path of ["/openapi.json", "/llms.txt", "/llms-full.txt"]) {
      const { headers } = await app.request(path);
      assertEquals(headers.get("access-control-allow-origin"), "*");
      const again = await app.request(path, { headers: { "if-none-match": headers.get("etag")! } });
      assertEquals([again.status, await again.text()], [304, ""]);
    }
  }));

Deno.test("llms.txt links every operation, llms-full.txt tells of each with its fields", () =>
  withApp(async (app) => {
    const short = await (await app.request("/llms.txt")).text();
    const full = await (await app.request("/llms-full.txt")).text();
    assert(short.startsWith("# imgsrc\n\n> "));
    for (const [key, operation] of ENTRIES) {
      assertStringIncludes(
        short,
        `[${documentedPath(key, operation)}](http://localhost:8000/docs/api#${operation.id})`,
      );
      assertStringIncludes(full, `### ${documentedPath(key, operation)}\n`);
    }
    for (const part of ["active_signed_url: object | null", "| 403 | `PLAN_LIMIT_EXCEEDED`", "| `fit` |"]) {
      assertStringIncludes(full, part);
    }
  }));
