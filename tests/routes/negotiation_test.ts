/** The table of negotiation against the app, and redirects instead of it. */
import { assert, assertEquals } from "@std/assert";
import { sha256Hex } from "../../kv/ids.ts";
import { checkNegotiation, type ConformanceTarget, NEGOTIATION_CASES } from "../conformance/negotiation.ts";
import { call } from "../doubles/api.ts";
import { fixture, startTestApp, type TestApp, type TestAppOptions, type TestUser } from "../doubles/app.ts";

async function withPictures(run: (app: TestApp, john: TestUser) => Promise<void>, options: TestAppOptions = {}) {
  const app = await startTestApp(options);
  try {
    const john = await app.addUser("john");
    await app.upload(john, await fixture("quarters.jpg"), "photo.jpg");
    await app.upload(john, await fixture("fading.png"), "logo.png");
    await run(app, john);
  } finally {
    await app.close();
  }
}

const targetOf = (app: TestApp): ConformanceTarget => ({
  request: (path, headers, method = "GET") => app.request(path, { method, headers }),
  paths: { opaque: "/i/john/photo", alpha: "/i/john/logo" },
});

Deno.test("the app conforms to the table of negotiation", async (t) => {
  await withPictures(async (app) => {
    for (const row of NEGOTIATION_CASES) {
      await t.step(`${row.subject}${row.suffix} Accept ${row.accept}: ${row.why}`, async () => {
        assertEquals(await checkNegotiation(targetOf(app), row), []);
      });
    }
  });
});

Deno.test("negotiation goes by the account's formats, at once when they change", () =>
  withPictures(async (app, john) => {
    const typeFor = async (accept: string) => {
      const response = await app.request("/i/john/photo?w=9", { method: "HEAD", headers: { accept } });
      return response.headers.get("content-type");
    };
    await call(app, john, "PUT", "/api/v1/settings", { delivery_formats: ["avif", "jpeg"] });
    assertEquals(await typeFor("*/*"), "image/avif");
    assertEquals(await typeFor("image/webp"), "image/jpeg", "a format that the account doesn't deliver is no offer");
    assertEquals(await typeFor("image/webp, image/jpeg;q=0.1"), "image/jpeg");
    await call(app, john, "PUT", "/api/v1/settings", { delivery_formats: ["jpeg", "avif"] });
    assertEquals(await typeFor("*/*"), "image/jpeg");
  }));

Deno.test("an error of an open URL says Vary: Accept, one of an explicit URL does not", () =>
  withPictures(async (app) => {
    for (
      const [path, vary] of [["absent", "Accept"], ["absent.auto", "Accept"], ["photo?w=0", "Accept"], ["x.jpg", null]]
    ) {
      const response = await app.request(`/i/john/${path}`);
      assertEquals([response.status >= 400, response.headers.get("vary")], [true, vary], `${path}`);
    }
  }));

Deno.test("Content-Location leads to the very picture where another one has the same name", () =>
  withPictures(async (app, john) => {
    await app.upload(john, await fixture("quarters.png"), "photo.png");
    for (const accept of ["image/webp", "image/jpeg", "image/png", "image/avif"]) {
      const response = await app.request("/i/john/photo?w=9", { headers: { accept } });
      const location = response.headers.get("content-location")!;
      const explicit = await app.request(location);
      assertEquals(await sha256Hex(await explicit.bytes()), await sha256Hex(await response.bytes()), location);
    }
  }));

Deno.test("NEGOTIATION=redirect sends to the URL that names the format, and no shared cache keeps the way", () =>
  withPictures(async (app, john) => {
    const cases = [["image/avif", "avif"], ["*/*", "webp"], ["text/html", "jpg"]];
    for (const path of ["photo", "photo.auto"]) {
      for (const [accept, ending] of cases) {
        const response = await app.request(`/i/john/${path}?w=9&x=%20`, { headers: { accept: accept! } });
        assertEquals([response.status, response.headers.get("location")], [302, `/i/john/photo.${ending}?w=9&x=%20`]);
        assertEquals(response.headers.get("vary"), "Accept");
        assertEquals(response.headers.get("cache-control"), "private, max-age=300");
        const explicit = await app.request(response.headers.get("location")!);
        assertEquals([explicit.status, explicit.headers.get("vary")], [200, null]);
        assert(explicit.headers.get("cache-control")!.startsWith("public"));
        await explicit.body?.cancel();
      }
    }
    const { id } = await (await app.upload(john, await fixture("quarters.png"), "s.png", { visibility: "private" }))
      .json();
    const { body } = await call(app, john, "POST", `/api/v1/images/${id}/signed-url`, {});
    const open = new URL(body.signed_url.replace(/\.\w+\?/, "?"));
    const secret = await app.request(open.href, { headers: { accept: "image/avif" } });
    assertEquals([secret.status, secret.headers.get("cache-control")], [302, "no-store"]);
    assertEquals((await app.request(secret.headers.get("location")!, { method: "HEAD" })).status, 200);
    assertEquals((await app.request("/i/john/absent")).status, 404);
  }, { env: { NEGOTIATION: "redirect" } }));
