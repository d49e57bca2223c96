/** Operators' routes over HTTP: nothing without the admin token. */
import { assertEquals } from "@std/assert";
import {
  AdminPlanAnswer,
  CheckTransformAnswer,
  RecordTransformAnswer,
  ResolvePathAnswer,
} from "../../routes/api/v1/_schema/admin.ts";
import { ADMIN_TOKEN, errorOf, fixture, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";

const ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };

async function withApp(run: (app: TestApp, john: TestUser, mary: TestUser) => Promise<void>): Promise<void> {
  const app = await startTestApp();
  try {
    await run(app, await app.addUser("john", "free"), await app.addUser("mary", "pro"));
  } finally {
    await app.close();
  }
}

const post = (app: TestApp, path: string, body: unknown, headers: Record<string, string> = ADMIN) =>
  app.request(path, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });

const ROUTES: [string, string][] = [
  ["POST", "/admin/plan"],
  ["POST", "/api/v1/admin/plan"],
  ["POST", "/api/internal/admin"],
  ["POST", "/api/internal/record-transform"],
  ["GET", "/api/internal/check-transform/john"],
  ["GET", "/api/internal/resolve-path/john/a.jpg"],
];

Deno.test("without the admin token there is nothing there, in the words of an address that doesn't exist", () =>
  withApp(async (app, _john, mary) => {
    const credentials: Record<string, string>[] = [
      {},
      { ...mary.auth },
      { authorization: ADMIN_TOKEN },
      { authorization: `Bearer ${ADMIN_TOKEN}x` },
      { authorization: `Bearer ${ADMIN_TOKEN.slice(1)}` },
      { authorization: `Basic ${ADMIN_TOKEN}` },
    ];
    const { message } = await errorOf(await app.request("/api/internal/nothing"));
    for (const [method, path] of ROUTES) {
      for (const headers of credentials) {
        const response = await app.request(path, { method, headers, ...(method === "POST" ? { body: "{" } : {}) });
        const error = await errorOf(response);
        assertEquals([response.status, error.code, error.message], [404, "NOT_FOUND", message], path);
      }
      for (const wrong of ["PUT", "DELETE"]) {
        const response = await app.request(path, { method: wrong });
        assertEquals([response.status, (await errorOf(response)).message], [404, message], `${wrong} ${path}`);
      }
    }
  }));

Deno.test("setPlan() puts one user on a plan, whatever was paid", () =>
  withApp(async (app, john, mary) => {
    for (
      const [path, plan] of [["/admin/plan", "pro"], ["/api/v1/admin/plan", "free"], ["/api/v1/admin/plan", "pro"]]
    ) {
      const response = await post(app, path!, { user_id: john.user.id, plan, subscription_id: "sub_1", extra: 1 });
      const answer = AdminPlanAnswer.parse(await response.json());
      assertEquals([response.status, answer.user_id, answer.plan], [200, john.user.id, plan as never]);
      assertEquals((await app.deps.users.get(john.user.id))?.plan, plan as never);
    }
    assertEquals((await app.deps.users.get(mary.user.id))?.plan, "pro");
  }));

Deno.test("setPlan() undoes an end that was coming", () =>
  withApp(async (app, john) => {
    await app.deps.users.update(
      john.user.id,
      (u) => ({ ...u, plan: "pro", billing: { status: "cancelling", endsAtMs: 1 } }),
    );
    assertEquals((await app.deps.users.get(john.user.id))?.plan, "free");
    await post(app, "/api/v1/admin/plan", { user_id: john.user.id, plan: "pro" });
    assertEquals((await app.deps.users.get(john.user.id))?.plan, "pro");
  }));

Deno.test("setPlan() and recordTransformElsewhere() answer 400 to bad bodies and 404 to unknown users", () =>
  withApp(async (app, john) => {
    const good = { user_id: john.user.id, plan: "pro" };
    const bad: [string, unknown][] = [
      ["/api/v1/admin/plan", "{"],
      ["/api/v1/admin/plan", "null"],
      ["/api/v1/admin/plan", ""],
      ["/api/v1/admin/plan", []],
      ["/api/v1/admin/plan", {}],
      ["/api/v1/admin/plan", { ...good, plan: "gold" }],
      ["/api/v1/admin/plan", { ...good, plan: null }],
      ["/api/v1/admin/plan", { ...good, user_id: 7 }],
      ["/api/v1/admin/plan", { ...good, user_id: "" }],
      ["/api/v1/admin/plan", { ...good, user_id: "x".repeat(65) }],
      ["/api/v1/admin/plan", { ...good, subscription_id: 7 }],
      ["/api/v1/admin/plan", { ...good, padding: "x".repeat(10_000_000) }],
      ["/api/internal/record-transform", {}],
      ["/api/internal/record-transform", { username: 7 }],
      ["/api/internal/record-transform", "["],
    ];
    for (const [path, body] of bad) {
      const response = await post(app, path, body);
      assertEquals(
        [response.status, (await errorOf(response)).code],
        [400, "VALIDATION_ERROR"],
        JSON.stringify(body).slice(0, 80),
      );
    }
    assertEquals((await post(app, "/api/v1/admin/plan", { user_id: "user_unknown", plan: "pro" })).status, 404);
    for (const username of ["nobody", "%%", ""]) {
      assertEquals((await post(app, "/api/internal/record-transform", { username })).status, 404, username);
    }
    assertEquals((await app.request("/api/internal/check-transform/nobody", { headers: ADMIN })).status, 404);
  }));

Deno.test("transformations made elsewhere are counted, and refused with 429 once they are used up", () =>
  withApp(async (app, john, mary) => {
    const check = async (name: string) => {
      const response = await app.request(`/api/internal/check-transform/${name}`, { headers: ADMIN });
      return { status: response.status, ...CheckTransformAnswer.parse(await response.json()) };
    };
    const first = await check("john");
    assertEquals([first.status, first.allowed, first.limit], [200, true, 1_000]);
    const record = await post(app, "/api/internal/record-transform", { username: "John" });
    RecordTransformAnswer.parse(await record.json());
    await Promise.all(Array.from({ length: 999 }, () => app.deps.quota.spend(john.user, "transformations")));
    const last = await check("john");
    assertEquals([last.status, last.allowed, last.current, last.limit], [429, false, 1_000, 1_000]);
    assertEquals((await post(app, "/api/internal/record-transform", { username: "john" })).status, 200);
    const hers = await check("mary");
    assertEquals([hers.status, hers.allowed, hers.limit], [200, true, 10_000]);
    assertEquals(mary.user.plan, "pro");
  }));

Deno.test("resolvePathElsewhere() finds what delivery would find, and only in that user's paths", () =>
  withApp(async (app, john) => {
    const { id } = await (await app.upload(john, await fixture("quarters.jpg"), "ä b.jpg", { path: "blog/ä b.jpg" }))
      .json();
    const resolve = async (path: string) => {
      const response = await app.request(`/api/internal/resolve-path/${path}`, { headers: ADMIN });
      return { status: response.status, body: await response.json() };
    };
    for (const path of ["john/blog/%C3%A4%20b.jpg", "john/blog%2F%C3%A4%20b.webp", "JOHN/blog/%C3%A4%20b"]) {
      assertEquals(ResolvePathAnswer.parse((await resolve(path)).body), { found: true, image_id: id }, path);
    }
    assertEquals((await resolve("mary/blog/%C3%A4%20b.jpg")).body, { found: false, image_id: null });
    assertEquals((await resolve("nobody/x.jpg")).status, 404);
    for (const path of ["john/%E0%A4%A", "john/../x", "john/"]) assertEquals((await resolve(path)).status, 400, path);
  }));
