import { assert, assertEquals } from "@std/assert";
import { SECURITY_HEADERS, STRICT_TRANSPORT } from "../../routes/_http/security_headers.ts";
import { fixture, startTestApp } from "../doubles/app.ts";

function assertHeaders(response: Response, wanted: Readonly<Record<string, string>>, what: string): void {
  for (const [name, value] of Object.entries(wanted)) {
    assertEquals(response.headers.get(name), value, `${what}: ${name}`);
  }
}

/** Names of the table that another class has and this one has not. */
function assertNoOthers(response: Response, own: Readonly<Record<string, string>>, what: string): void {
  const names = Object.values(SECURITY_HEADERS).flatMap((row) => Object.keys(row));
  for (const name of names.filter((name) => !(name in own) && name !== "content-security-policy")) {
    assertEquals(response.headers.get(name), null, `${what}: ${name}`);
  }
}

Deno.test("answers of each class carry the headers of their class, errors and 304s too", async () => {
  const app = await startTestApp();
  try {
    const john = await app.addUser("john");
    assertEquals((await app.upload(john, await fixture("sample.jpg"), "a.jpg")).status, 201);
    const etag = (await app.request("/i/john/a.jpg", { method: "HEAD" })).headers.get("etag")!;
    const cases: readonly [keyof typeof SECURITY_HEADERS, number, string, RequestInit?][] = [
      ["picture", 200, "/i/john/a.jpg"],
      ["picture", 200, "/i/john/a.webp?w=60"],
      ["picture", 304, "/i/john/a.jpg", { headers: { "if-none-match": etag } }],
      ["page", 200, "/"],
      ["page", 200, "/sign-in"],
      ["page", 200, "/docs/api"],
      ["page", 404, "/nothing", { headers: { accept: "text/html" } }],
      ["data", 404, "/i/john/none.webp"],
      ["data", 200, "/api/v1/images", { headers: john.auth }],
      ["data", 401, "/api/v1/images"],
      ["data", 200, "/openapi.json"],
      ["data", 200, "/llms.txt"],
      ["data", 200, "/static/app.css"],
      ["data", 200, "/health"],
      ["data", 200, "/ready"],
      ["data", 405, "/health", { method: "DELETE" }],
    ];
    for (const [kind, status, path, init] of cases) {
      const response = await app.request(path, init);
      await response.body?.cancel();
      assertEquals(response.status, status, path);
      assertHeaders(response, SECURITY_HEADERS[kind], path);
      assertNoOthers(response, SECURITY_HEADERS[kind], path);
      assertEquals(response.headers.get("strict-transport-security"), null, "this address is no https");
    }
    const page = await app.request("/");
    const policy = page.headers.get("content-security-policy")!;
    assert(policy.startsWith("default-src 'none'") && !/unsafe|\*/.test(policy), policy);
    await page.body?.cancel();
  } finally {
    await app.close();
  }
});

Deno.test("Strict-Transport-Security is sent where people come by https, but not with pictures", async () => {
  const app = await startTestApp();
  const { createApp } = await import("../../routes/app.ts");
  try {
    const john = await app.addUser("john");
    await (await app.upload(john, await fixture("sample.jpg"), "a.jpg")).body?.cancel();
    const handler = createApp({ ...app.deps, publicOrigin: "https://pictures.example" }, new Map());
    const header = async (path: string) => {
      const response = await handler(new Request(`https://pictures.example${path}`));
      await response.body?.cancel();
      return response.headers.get("strict-transport-security");
    };
    assertEquals(
      [await header("/"), await header("/health"), await header("/i/john/a.jpg")],
      [STRICT_TRANSPORT, STRICT_TRANSPORT, null],
    );
  } finally {
    await app.close();
  }
});
