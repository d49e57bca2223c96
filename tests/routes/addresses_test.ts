/** Addresses that are handed out for pictures of one name: each leads to its own picture. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { fixture, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const FILES = ["quarters.jpg", "quarters.png", "fading.png", "movie.gif"] as const;

async function withApp(run: (app: TestApp, john: TestUser) => Promise<void>): Promise<void> {
  const app = await startTestApp();
  try {
    await run(app, await app.addUser("john"));
  } finally {
    await app.close();
  }
}

async function upload(app: TestApp, john: TestUser, file: string, path: string) {
  const answer = await app.upload(john, await fixture(file), file, { path });
  assertEquals(answer.status, 201, await answer.clone().text());
  return await answer.json();
}

/** The image that a URL leads to, by the KV record that delivery finds. */
async function ownerOf(app: TestApp, url: string): Promise<string> {
  const response = await app.request(url, { method: "HEAD" });
  assertEquals(response.status, 200, url);
  return response.headers.get("etag")!;
}

/** The etag of a derivative of an image that has no neighbours. */
async function loneEtags(app: TestApp, john: TestUser, file: string): Promise<Record<string, string>> {
  const { available_formats } = await upload(app, john, file, `alone/${crypto.randomUUID()}/${file}`);
  const entries = Object.entries(available_formats as Record<string, string>);
  return Object.fromEntries(await Promise.all(entries.map(async ([f, url]) => [f, await ownerOf(app, url)])));
}

Deno.test("two pictures of one name are handed out addresses that lead to their own picture", () =>
  withApp(async (app, john) => {
    const jpg = await upload(app, john, "quarters.jpg", "x/photo.jpg");
    assertEquals(jpg.available_formats.webp, "http://localhost:8000/i/john/x/photo.webp");
    const png = await upload(app, john, "fading.png", "x/photo.png");
    assertEquals(png.available_formats, {
      webp: "http://localhost:8000/i/john/x/photo.png.webp",
      avif: "http://localhost:8000/i/john/x/photo.png.avif",
      jpeg: "http://localhost:8000/i/john/x/photo.png.jpg",
      png: "http://localhost:8000/i/john/x/photo.png",
      jxl: "http://localhost:8000/i/john/x/photo.png.jxl",
    });
    const { urls } = await (await app.request(`/api/v1/images/${jpg.id}`, { headers: john.auth })).json();
    assertEquals(urls.webp, "http://localhost:8000/i/john/x/photo.jpg.webp");
    assertEquals([urls.original, urls.jpeg], Array(2).fill("http://localhost:8000/i/john/x/photo.jpg"));
    for (const [file, handedOut] of [["quarters.jpg", urls], ["fading.png", png.available_formats]] as const) {
      const own = await loneEtags(app, john, file);
      for (const [format, etag] of Object.entries(own)) {
        assertEquals(await ownerOf(app, handedOut[format]), etag, format);
      }
    }
    // The rule of the contract stays: the latest of a name.
    const own = await loneEtags(app, john, "fading.png");
    assertEquals(await ownerOf(app, "/i/john/x/photo.webp"), own.webp);
    for (const path of ["/api/v1/images?limit=100", "/api/v1/images/search?q=photo&limit=100"]) {
      const answer = await (await app.request(path, { headers: john.auth })).json();
      const cdnUrls = (answer.images ?? answer.results as { cdn_url: string; id: string }[]).filter(
        ({ paths }: { paths: string[] }) => paths[0]!.startsWith("x/"),
      ).map(({ cdn_url }: { cdn_url: string }) => cdn_url).sort();
      assertEquals(cdnUrls, [png.available_formats.webp, urls.webp].sort());
    }
  }));

Deno.test("a signed link to a picture of a shared name opens that picture", () =>
  withApp(async (app, john) => {
    const jpg = await upload(app, john, "quarters.jpg", "photo.jpg");
    await upload(app, john, "fading.png", "photo.png");
    const json = (body: unknown) => ({
      headers: { ...john.auth, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const put = { method: "PUT", ...json({ visibility: "private" }) };
    await (await app.request(`/api/v1/images/${jpg.id}/visibility`, put)).body?.cancel();
    const signed = await app.request(`/api/v1/images/${jpg.id}/signed-url`, { method: "POST", ...json({}) });
    const { signed_url } = await signed.json();
    assert(signed_url.includes("/photo.jpg.webp?"), signed_url);
    const shown = await app.request(signed_url);
    assertEquals([shown.status, shown.headers.get("content-type")], [200, "image/webp"]);
    await shown.body?.cancel();
    const list = await (await app.request("/api/v1/images", { headers: john.auth })).json();
    const item = list.images.find(({ id }: { id: string }) => id === jpg.id);
    assertEquals(item.active_signed_url.signed_url, signed_url);
  }));

Deno.test("a name that looks like a whole path keeps its own picture, and leads nowhere when there is none", () =>
  withApp(async (app, john) => {
    await upload(app, john, "quarters.jpg", "photo.jpg");
    await upload(app, john, "fading.png", "photo.png");
    assertEquals((await app.request("/i/john/photo.gif.webp")).status, 404);
    assertEquals((await app.request("/i/john/photo.jpg.bmp")).status, 404);
    const own = await upload(app, john, "movie.gif", "photo.jpg.webp");
    const { urls } = await (await app.request(`/api/v1/images/${own.id}`, { headers: john.auth })).json();
    assertNotEquals(await ownerOf(app, urls.png), await ownerOf(app, "/i/john/photo.png"));
  }));

Deno.test("every address that is handed out leads to its own picture after random uploads", () =>
  withApp(async (app, john) => {
    const random = seededRandom(5);
    const own = new Map<string, Record<string, string>>();
    for (const file of FILES) own.set(file, await loneEtags(app, john, file));
    const idOf = new Map<string, string>();
    for (let round = 0; round < 25; round++) {
      const file = random.pick(FILES);
      const path = random.pick(["a.jpg", "a.png", "a.gif", "b.jpeg", "b.png", "a.jpg.png", "b", "b.png.webp"]);
      const target = path.includes(".") ? path : `${path}/${file}`;
      const { available_formats, id } = await upload(app, john, file, target);
      idOf.set(id, file);
      for (const [format, url] of Object.entries(available_formats as Record<string, string>)) {
        assertEquals(await ownerOf(app, url), own.get(file)![format], `${target} as ${format}: ${url}`);
      }
    }
    const { images } = await (await app.request("/api/v1/images?limit=100", { headers: john.auth })).json();
    for (const { id, cdn_url } of images) {
      assertEquals(await ownerOf(app, cdn_url), own.get(idOf.get(id)!)!.webp, cdn_url);
    }
  }));
