/** Private pictures on the dashboard's own pages. */
import { assertEquals } from "@std/assert";
import { SESSION_COOKIE } from "../../routes/_http/session_cookie.ts";
import { fixture, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";

async function withPrivate(run: (app: TestApp, john: TestUser, cookie: string) => Promise<void>): Promise<void> {
  const app = await startTestApp();
  try {
    const john = await app.addUser("john");
    await app.upload(john, await fixture("quarters.jpg"), "secret.jpg", { visibility: "private" });
    await run(app, john, `${SESSION_COOKIE}=${await app.deps.sessions.create(john.user.id)}`);
  } finally {
    await app.close();
  }
}

const HERE = { "sec-fetch-site": "same-origin" };
const PATHS = ["/i/john/secret.jpg", "/i/john/secret.webp?w=20"];

Deno.test("a private picture shows on its owner's own pages, from no cache but this browser's and asked for each time", () =>
  withPrivate(async (app, _john, cookie) => {
    for (const path of PATHS) {
      const response = await app.request(path, { headers: { ...HERE, cookie } });
      assertEquals([response.status, response.headers.get("cache-control")], [200, "private, max-age=0"], path);
      const etag = response.headers.get("etag")!;
      const again = await app.request(path, { headers: { ...HERE, cookie, "if-none-match": etag } });
      assertEquals([again.status, again.headers.get("cache-control")], [304, "private, max-age=0"], path);
    }
  }));

Deno.test("a private picture shows to nobody else: no session, another's, another site's page, or one that is over", () =>
  withPrivate(async (app, john, cookie) => {
    const eve = await app.addUser("eve");
    const others = `${SESSION_COOKIE}=${await app.deps.sessions.create(eve.user.id)}`;
    const elsewhere = [
      HERE,
      { ...HERE, cookie: others },
      { ...HERE, cookie: `${SESSION_COOKIE}=made-up` },
      { cookie },
      { cookie, "sec-fetch-site": "cross-site" },
      { cookie, "sec-fetch-site": "same-site" },
      { cookie, "sec-fetch-site": "none" },
      { cookie, referer: "https://evil.example/" },
      { ...john.auth, ...HERE },
    ];
    for (const headers of elsewhere) {
      for (const path of PATHS) {
        const response = await app.request(path, { headers: headers as HeadersInit });
        const missing = await app.request("/i/john/missing.jpg", { headers: headers as HeadersInit });
        const [body, expected] = [await response.json(), await missing.json()];
        assertEquals(response.status, 404, JSON.stringify(headers));
        assertEquals({ ...body.error, path: "" }, { ...expected.error, path: "" });
      }
    }
    await app.deps.sessions.end(cookie.split("=")[1]!);
    assertEquals((await app.request(PATHS[1]!, { headers: { ...HERE, cookie } })).status, 404);
  }));

Deno.test("previews of a private picture spend no transformations", () =>
  withPrivate(async (app, john, cookie) => {
    assertEquals((await app.request(PATHS[1]!, { headers: { ...HERE, cookie } })).status, 200);
    const usage = await (await app.request("/api/v1/usage", { headers: john.auth })).json();
    assertEquals([usage.current_period.transformations, usage.current_period.previews], [0, 1]);
  }));
