/** `/api/v1/settings/api-keys` over HTTP, with two users throughout. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ApiKeysAnswer, NewApiKeyAnswer } from "../../routes/api/v1/_schema/api_keys.ts";
import { assertGuarded, assertRefuses, assertRefusesNoObjects, call, withUsers } from "../doubles/api.ts";
import { errorOf, startTestApp } from "../doubles/app.ts";
import { START_MS } from "../doubles/state.ts";

const KEYS = "/api/v1/settings/api-keys";
const DAY_MS = 24 * 3_600_000;

Deno.test("createApiKey() shows a key once, and it works", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    const created = await call(app, john, "POST", KEYS, {
      name: " CI ",
      scopes: ["write", "read"],
      expires_in_days: 90,
    });
    assertEquals(created.status, 201);
    const key = NewApiKeyAnswer.parse(created.body);
    assertMatch(key.key, /^imgsrc_[A-Za-z0-9]{48}$/);
    assertEquals([key.key_prefix, key.name, key.scopes], [key.key.slice(0, 13), "CI", "read,write"]);
    assertEquals(key.expires_at! - key.created_at, 90 * 24 * 3_600);
    const auth = { auth: { authorization: `Bearer ${key.key}` } };
    assertEquals((await call(app, auth, "GET", "/api/v1/images")).status, 200);
    await app.deps.usage.flush();
    const { api_keys, total } = ApiKeysAnswer.parse((await call(app, john, "GET", KEYS)).body);
    assertEquals([api_keys.length, total], [2, 2]);
    const listed = api_keys.find((k) => k.id === key.id)!;
    assertEquals([listed.total_requests, listed.scopes, listed.key_prefix], [1, "read,write", key.key_prefix]);
    assert(listed.last_used_at !== null && listed.last_used_at >= key.created_at);
    assert(!JSON.stringify(api_keys).includes(key.key));
    assertEquals((await call(app, mary, "GET", KEYS)).body.total, 1);
  }));

Deno.test("createApiKey() gives both scopes and no end when nothing is said", () =>
  withUsers(startTestApp(), async (app, john) => {
    const { body } = await call(app, john, "POST", KEYS, { name: "x", other: 1, expires_in_days: null });
    assertEquals([body.scopes, body.expires_at], ["read,write", null]);
    const narrow = (await call(app, john, "POST", KEYS, { name: "x", scopes: ["read", "read"] })).body;
    assertEquals(narrow.scopes, "read");
    const reader = { auth: { authorization: `Bearer ${narrow.key}` } };
    assertEquals((await call(app, reader, "GET", KEYS)).status, 200);
    const refused = await call(app, reader, "POST", KEYS, { name: "y" });
    assertEquals([refused.status, refused.body.error.code], [403, "FORBIDDEN"]);
  }));

Deno.test("createApiKey() gives no scope that the caller lacks", () =>
  withUsers(startTestApp(), async (app) => {
    const writer = await app.addUser("writer", "pro", ["write"]);
    const refused = await call(app, writer, "POST", KEYS, { name: "x" });
    assertEquals([refused.status, refused.body.error.code], [403, "FORBIDDEN"]);
    assertEquals((await call(app, writer, "POST", KEYS, { name: "x", scopes: ["write"] })).status, 201);
  }));

Deno.test("createApiKey() names the field that is wrong", () =>
  withUsers(startTestApp(), async (app, john) => {
    await assertRefusesNoObjects(app, john, "POST", KEYS);
    await assertRefuses(app, john, "POST", KEYS, [
      ["name", {}],
      ["name", null],
      ["name", { name: "" }],
      ["name", { name: "   " }],
      ["name", { name: "x".repeat(101) }],
      ["name", { name: 5 }],
      ["name", { name: null }],
      ["scopes", { name: "x", scopes: [] }],
      ["scopes", { name: "x", scopes: "read,write" }],
      ["scopes.0", { name: "x", scopes: ["admin"] }],
      ["scopes.1", { name: "x", scopes: ["read", 1] }],
      ["expires_in_days", { name: "x", expires_in_days: 0 }],
      ["expires_in_days", { name: "x", expires_in_days: 366 }],
      ["expires_in_days", { name: "x", expires_in_days: 1.5 }],
      ["expires_in_days", { name: "x", expires_in_days: "90" }],
    ]);
    for (const days of [1, 365]) {
      const name = "x".repeat(100);
      assertEquals((await call(app, john, "POST", KEYS, { name, expires_in_days: days })).status, 201);
    }
    await assertGuarded(app, "GET", KEYS, "read");
    await assertGuarded(app, "POST", KEYS, "write");
    await assertGuarded(app, "DELETE", `${KEYS}/x`, "write");
  }));

Deno.test("createApiKey() stops at a hundred keys", () =>
  withUsers(startTestApp(), async (app, john) => {
    for (let n = 1; n < 100; n++) {
      await app.deps.apiKeys.create(john.user.id, { name: "x", scopes: ["read"], expiresAtMs: null });
    }
    const refused = await call(app, john, "POST", KEYS, { name: "x" });
    assertEquals([refused.status, refused.body.error.code], [409, "CONFLICT"]);
  }));

Deno.test("deleteApiKey() ends a key from the next request on, and only one's own", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    const { body: key } = await call(app, john, "POST", KEYS, { name: "x" });
    const absent = await call(app, mary, "DELETE", `${KEYS}/00000000-0000-4000-8000-000000000000`);
    const hers = await call(app, mary, "DELETE", `${KEYS}/${key.id}`);
    assertEquals([hers.status, hers.body.error.message], [404, absent.body.error.message]);
    const auth = { auth: { authorization: `Bearer ${key.key}` } };
    assertEquals((await call(app, auth, "GET", "/api/v1/images")).status, 200);
    const deleted = await call(app, john, "DELETE", `${KEYS}/${key.id}`);
    assertEquals([deleted.status, deleted.body], [200, { success: true, message: "API key deleted" }]);
    assertEquals((await call(app, auth, "GET", "/api/v1/images")).status, 401);
    assertEquals((await call(app, john, "DELETE", `${KEYS}/${key.id}`)).status, 404);
    assertEquals((await call(app, john, "DELETE", `${KEYS}/%F0`)).status, 404);
  }));

Deno.test("an expired key is refused to the second", async () => {
  let nowMs = START_MS;
  const app = startTestApp({ now: () => nowMs });
  await withUsers(app, async (app, john) => {
    const { body: key } = await call(app, john, "POST", KEYS, { name: "x", expires_in_days: 1 });
    const ask = () => app.request("/api/v1/images", { headers: { authorization: `Bearer ${key.key}` } });
    nowMs += DAY_MS - 1_000;
    assertEquals((await ask()).status, 200);
    nowMs += 1_000;
    const refused = await ask();
    assertEquals([refused.status, (await errorOf(refused)).code], [401, "UNAUTHORIZED"]);
    assertEquals((await call(app, john, "GET", KEYS)).body.total, 2);
  });
});
