/**
 * JSON calls of the API, and bodies that every endpoint must refuse in the same way.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { errorOf, type TestApp, type TestUser } from "./app.ts";

/** An answer with its JSON. */
export interface ApiAnswer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- tests look into it
  readonly body: any;
  readonly headers: Headers;
}

/** Calls an endpoint. @param body sent as JSON; absent = none; a text is sent as it is */
export async function call(
  app: TestApp,
  by: Pick<TestUser, "auth">,
  method: string,
  path: string,
  body?: unknown,
): Promise<ApiAnswer> {
  const response = await app.request(path, {
    method,
    headers: { ...by.auth, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text), headers: response.headers };
}

/** Bodies that are no JSON object. */
export const NO_OBJECTS: readonly string[] = ["{", "[]", "7", '"text"', "true", "\u0000", "{'a':1}", '{"a":1}x'];

/** Fails unless every body that is no object, one of 10 MB and one nested 20,000 deep is answered 400 with the envelope. */
export async function assertRefusesNoObjects(app: TestApp, by: TestUser, method: string, path: string): Promise<void> {
  const huge = `{"name":"${"x".repeat(10 * 1024 * 1024)}"}`;
  const deep = `{"name":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  for (const body of [...NO_OBJECTS, huge, deep]) {
    const response = await app.request(path, { method, headers: by.auth, body });
    assertEquals(response.status, 400, `${method} ${path} ${body.slice(0, 20)}`);
    const { code, status, path: shown } = await errorOf(response);
    assertEquals([code, status, shown], ["VALIDATION_ERROR", 400, path.split("?")[0]]);
  }
}

/** Fails unless each body is answered 400 naming the field, whatever else is in it. */
export async function assertRefuses(
  app: TestApp,
  by: TestUser,
  method: string,
  path: string,
  cases: readonly (readonly [field: string, body: unknown])[],
): Promise<void> {
  for (const [field, body] of cases) {
    const answer = await call(app, by, method, path, body);
    const shown = `${method} ${path} ${JSON.stringify(body).slice(0, 80)} → ${JSON.stringify(answer.body)}`;
    assertEquals([answer.status, answer.body.error.code], [400, "VALIDATION_ERROR"], shown);
    assertEquals(answer.body.error.message.includes(`"${field}`), true, shown);
  }
}

/** Fails unless the endpoint asks for a key first, then for the scope, before it looks at the body. */
export async function assertGuarded(app: TestApp, method: string, path: string, scope: "read" | "write") {
  const strangers: Record<string, string>[] = [
    {},
    { authorization: "imgsrc_x" },
    { authorization: `Bearer imgsrc_${"A".repeat(48)}` },
  ];
  for (const headers of strangers) {
    const body = method === "GET" ? {} : { body: "{" };
    const response = await app.request(path, { method, headers, ...body });
    assertEquals([response.status, (await errorOf(response)).code], [401, "UNAUTHORIZED"], `${method} ${path}`);
  }
  const other = scope === "read" ? "write" : "read";
  const limited = await app.addUser(`only${crypto.randomUUID().slice(0, 8)}`, "pro", [other]);
  const response = await app.request(path, {
    method,
    headers: limited.auth,
    ...(method === "GET" ? {} : { body: "{" }),
  });
  assertEquals([response.status, (await errorOf(response)).code], [403, "FORBIDDEN"], `${method} ${path}`);
}

/** Runs a test with two users of an app. */
export async function withUsers(
  app: Promise<TestApp>,
  run: (app: TestApp, john: TestUser, mary: TestUser) => Promise<void>,
): Promise<void> {
  const started = await app;
  try {
    await run(started, await started.addUser("john"), await started.addUser("mary"));
  } finally {
    await started.close();
  }
}
