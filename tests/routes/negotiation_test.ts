/** The table of negotiation against the app, redirects instead of it, and what no cache may mix up (T22). */
import { assert, assertEquals } from "@std/assert";
import { sha256Hex } from "../../kv/ids.ts";
import { checkNegotiation, type ConformanceTarget, NEGOTIATION_CASES } from "../conformance/negotiation.ts";
import { call } from "../doubles/api.ts";
import { fixture, startTestApp, type TestApp, type TestAppOptions, type TestUser } from "../doubles/app.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

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

/** A request of the mix: few pictures, many ways to ask for them. */
function randomRequest(random: ReturnType<typeof seededRandom>): { path: string; accept: string } {
  const params = [
    `w=${random.pick([8, 9, 10])}`,
    random.pick(["", "fit=cover&h=8", "grayscale=1"]),
    `u=${random.integer(0, 99)}`,
  ];
  const query = params.filter((part) => part !== "").sort(() => random.integer(-1, 1)).join("&");
  const weight = () => random.pick(["", "", ";q=0.5", ";q=0.9", ";q=0"]);
  const types = ["image/webp", "image/avif", "image/jpeg", "image/png", "image/*", "*/*", "text/html"];
  const accept = Array.from({ length: random.integer(1, 4) }, () => random.pick(types) + weight()).join(",");
  return { path: `/i/john/${random.pick(["photo", "photo.auto", "logo", "photo.webp", "logo.png"])}?${query}`, accept };
}

async function fingerprint(app: TestApp, { path, accept }: { path: string; accept: string }): Promise<string> {
  const response = await app.request(path, { headers: { accept } });
  const names = ["content-type", "vary", "content-location", "etag", "cache-control"];
  const said = names.map((name) => response.headers.get(name)).join(" | ");
  return `${response.status} ${said} ${await sha256Hex(await response.bytes())}`;
}

Deno.test("T22: 1,000 random requests at once get what a cold server gives each of them", async () => {
  const random = seededRandom(22);
  const requests = Array.from({ length: 1_000 }, () => randomRequest(random));
  const warm: string[] = [];
  await withPictures(async (app) => {
    warm.push(...await Promise.all(requests.map((request) => fingerprint(app, request))));
  }, { pool: { queueMax: 1_000 } });
  // No memory, no store: each is made anew unless it is the same request.
  await withPictures(async (app) => {
    const cold = new Map<string, string>();
    for (const [at, request] of requests.entries()) {
      const [, type] = / (image\/\w+) /.exec(warm[at]!) ?? [];
      const name = `${request.path.replace(/&?u=\d+/, "")} ${type}`;
      if (cold.has(name)) continue;
      const got = await fingerprint(app, request);
      cold.set(name, got);
      assertEquals(warm[at], got, `${request.path} ${request.accept}`);
    }
    assert(cold.size > 30, `only ${cold.size} different ones`);
    for (const [at, request] of requests.entries()) {
      if (at % 10 === 0) assertEquals(warm[at], await fingerprint(app, request), `${request.path} ${request.accept}`);
    }
  }, { env: { MEMORY_CACHE_BYTES: "0" } });
});
