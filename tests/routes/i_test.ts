/** The transform path over HTTP; pixels by an independent decoder (Pillow is not here: the @jsquash decoders are). */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FORMATS, OUTPUT_FORMATS, type OutputFormat } from "../../codec/formats.ts";
import { sha256Hex } from "../../kv/ids.ts";
import { decodePicture, pixelAt } from "../doubles/decode.ts";
import { errorOf, fixture, startTestApp, type TestApp, type TestAppOptions, type TestUser } from "../doubles/app.ts";

async function withApp(run: (app: TestApp, john: TestUser) => Promise<void>, options: TestAppOptions = {}) {
  const app = await startTestApp(options);
  try {
    await run(app, await app.addUser("john"));
  } finally {
    await app.close();
  }
}

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  assertEquals(response.status, 200, await response.clone().text().catch(() => ""));
  return new Uint8Array(await response.arrayBuffer());
}

const EXTENSIONS: Record<OutputFormat, readonly string[]> = {
  webp: ["webp"],
  avif: ["avif"],
  jpeg: ["jpg", "jpeg", "JPG"],
  png: ["png"],
  jxl: ["jxl"],
};

Deno.test("servePicture() gives every output of every original in the size asked for", () =>
  withApp(async (app, john) => {
    for (const name of ["quarters.jpg", "quarters.png", "fading.webp", "quarters.avif", "quarters.jxl"]) {
      const stem = `${name.replace(".", "-")}`;
      await app.upload(john, await fixture(name), name, { path: `${stem}.${name.split(".")[1]}` });
      for (const format of OUTPUT_FORMATS) {
        for (const extension of EXTENSIONS[format]) {
          const response = await app.request(`/i/john/${stem}.${extension}?w=48`);
          const bytes = await bytesOf(response);
          assertEquals(response.headers.get("content-type"), FORMATS[format].mimeType);
          assertEquals(response.headers.get("content-length"), String(bytes.length));
          const pixels = await decodePicture(format, bytes);
          assertEquals([pixels.width, pixels.height], [48, 32], `${name} as ${extension}`);
          const [r, g, b] = pixelAt(pixels, 6, 6);
          assert(r > 180 && g < 60 && b < 60, `${name} as ${extension}: top left is ${r},${g},${b}`);
        }
      }
    }
  }));

Deno.test("servePicture() obeys w, h and fit", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.png"), "q.png");
    const cases: [string, number, number][] = [
      ["w=48", 48, 32],
      ["h=32", 48, 32],
      ["w=50&h=50", 50, 33],
      ["w=50&h=50&fit=contain", 50, 33],
      ["w=50&h=50&fit=cover", 50, 50],
      ["w=50&h=50&fit=fill", 50, 50],
      ["w=192&h=192&fit=scale-down", 96, 64],
      ["w=192&h=192&fit=contain", 192, 128],
      ["w=192&fit=scale-down", 96, 64],
      ["w=1", 1, 1],
      ["w=5&h=1000&fit=fill", 5, 1000],
    ];
    for (const [query, width, height] of cases) {
      const pixels = await decodePicture("png", await bytesOf(await app.request(`/i/john/q.png?${query}`)));
      assertEquals([pixels.width, pixels.height], [width, height], query);
    }
    const cover = await decodePicture("png", await bytesOf(await app.request("/i/john/q.png?w=64&h=64&fit=cover")));
    assert(pixelAt(cover, 2, 2)[0] > 150 && pixelAt(cover, 61, 2)[1] > 120, "cover keeps the middle of the picture");
  }));

Deno.test("servePicture() turns the picture upright by EXIF", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters-turned.jpg"), "t.jpg");
    const pixels = await decodePicture("png", await bytesOf(await app.request("/i/john/t.png")));
    assertEquals([pixels.width, pixels.height], [64, 96]);
    // Orientation 6: the stored left column becomes the top row, so blue (stored bottom left) is at the top left.
    const [topLeft, topRight] = [pixelAt(pixels, 8, 8), pixelAt(pixels, 56, 8)];
    assert(topLeft[2] > 150 && topLeft[0] < 80, `top left is ${topLeft}`);
    assert(topRight[0] > 150 && topRight[2] < 80, `top right is ${topRight}`);
  }));

Deno.test("servePicture() keeps alpha, and flattens it on white for JPEG", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("fading.png"), "f.png");
    for (const format of ["png", "webp", "avif", "jxl"] as const) {
      const pixels = await decodePicture(format, await bytesOf(await app.request(`/i/john/f.${format}?w=95`)));
      assert(pixelAt(pixels, 93, 8)[3] < 30 && pixelAt(pixels, 5, 8)[3] === 255, `${format} lost its alpha`);
    }
    const flat = await decodePicture("jpeg", await bytesOf(await app.request("/i/john/f.jpg")));
    const [r, g, b] = pixelAt(flat, 94, 8);
    assert(Math.min(r, g, b) > 225, `right edge is ${r},${g},${b}`);
  }));

Deno.test("servePicture() serves the original's bytes when nothing is asked of it", () =>
  withApp(async (app, john) => {
    const jpeg = await fixture("quarters.jpg");
    const hash = await sha256Hex(jpeg);
    await app.upload(john, jpeg, "p.jpg");
    // A name that lies about the format: the bytes decide.
    await app.upload(john, jpeg, "lie.png");
    await app.upload(john, jpeg, "anim.gif");
    const hashOf = async (path: string) => await sha256Hex(await bytesOf(await app.request(path)));
    for (const path of ["p.jpg", "p.jpeg", "p.JPG?x=1", "lie.jpg", "anim.jpg", "anim.gif"]) {
      assertEquals(await hashOf(`/i/john/${path}`), hash, path);
    }
    assertEquals(app.transforms(), 0);
    const lie = await app.request("/i/john/lie.png");
    assertEquals(lie.headers.get("content-type"), "image/png");
    assert(await sha256Hex(await bytesOf(lie)) !== hash);
    const resized = await app.request("/i/john/anim.gif?w=10");
    assertEquals(resized.headers.get("content-type"), "image/webp");
    await resized.body?.cancel();
  }));

Deno.test("servePicture() finds the exact path first, else the latest of the base name", () =>
  withApp(async (app, john) => {
    const [jpeg, png] = [await fixture("quarters.jpg"), await fixture("quarters.png")];
    await app.upload(john, jpeg, "p.jpg");
    await app.upload(john, png, "p.png");
    const hashOf = async (path: string) => await sha256Hex(await bytesOf(await app.request(path)));
    assertEquals(await hashOf("/i/john/p.jpg"), await sha256Hex(jpeg));
    assertEquals(await hashOf("/i/john/p.png"), await sha256Hex(png));
    const etag = async () => (await app.request("/i/john/p.webp?w=9")).headers.get("etag");
    const latest = await etag();
    await app.upload(john, jpeg, "p.jpg");
    assert(await etag() !== latest, "pointing p.jpg anew makes it the latest");
    assertEquals((await app.request("/i/john/p.gif")).status, 404);
    assertEquals((await app.request("/i/john/P.jpg")).status, 404);
  }));

Deno.test("servePicture() falls back to WebP when an AVIF would be too large", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.png"), "q.png");
    const typeOf = async (query: string) => {
      const response = await app.request(`/i/john/q.avif?${query}`, { method: "GET" });
      await bytesOf(response);
      return response.headers.get("content-type");
    };
    assertEquals(await typeOf("w=4001&h=10&fit=fill"), "image/webp");
    assertEquals(await typeOf("w=4000&h=10&fit=fill"), "image/avif");
  }));

Deno.test("servePicture() answers 304 without touching a blob", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    for (const path of ["/i/john/p.webp?w=33", "/i/john/p.jpg"]) {
      const etag = (await app.request(path, { method: "HEAD" })).headers.get("etag")!;
      await app.settled();
      for (const blob of await Array.fromAsync(app.blobs.list("derivatives/"))) await app.blobs.delete(blob.key);
      const before = app.transforms();
      for (const header of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
        const response = await app.request(path, { headers: { "if-none-match": header } });
        assertEquals([response.status, response.headers.get("etag")], [304, etag]);
        assertEquals(response.headers.get("cache-control"), "public, max-age=2592000, immutable");
        assertEquals(await response.text(), "");
      }
      assertEquals(app.transforms(), before);
      const other = await app.request(path, { headers: { "if-none-match": '"other"' } });
      assertEquals(other.status, 200);
      await other.body?.cancel();
    }
  }));

Deno.test("servePicture() sends the headers that make pictures safe and cacheable", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const get = await app.request("/i/john/p.webp?w=20");
    const head = await app.request("/i/john/p.webp?w=20", { method: "HEAD" });
    assertEquals(head.headers.get("content-length"), get.headers.get("content-length"));
    await get.body?.cancel();
    for (const { headers } of [get, head]) {
      assertMatch(headers.get("etag")!, /^"[0-9a-f]{40}"$/);
      assertEquals(headers.get("cache-control"), "public, max-age=2592000, immutable");
      assertEquals(headers.get("access-control-allow-origin"), "*");
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assertStringIncludes(headers.get("content-security-policy")!, "sandbox");
      assertEquals(headers.get("vary"), null);
    }
  }));

Deno.test("servePicture() makes a derivative once when fifty ask for it at the same time", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => await sha256Hex(await bytesOf(await app.request("/i/john/p.webp?w=77")))),
    );
    assertEquals(new Set(answers).size, 1);
    assertEquals(app.transforms(), 1);
  }));

Deno.test("servePicture() serves a derivative from the store the second time", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const first = await bytesOf(await app.request("/i/john/p.webp?w=40&q=70"));
    await app.settled();
    assertEquals((await Array.fromAsync(app.blobs.list("derivatives/"))).length, 1);
    const same = ["w=40&q=70", "q=70&w=40", "w=40&q=70&utm=x", "w=40&fit=contain&q=70", "w=40&q=70&w=40"];
    for (const query of same) {
      assertEquals(await bytesOf(await app.request(`/i/john/p.webp?${query}`)), first, query);
    }
    assertEquals(app.transforms(), 1);
  }));

Deno.test("servePicture() makes a derivative anew when the stored one is damaged", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const first = await bytesOf(await app.request("/i/john/p.webp?w=40"));
    await app.settled();
    const [blob] = await Array.fromAsync(app.blobs.list("derivatives/"));
    const sealed = (await app.blobs.get(blob!.key))!;
    await app.blobs.put(blob!.key, sealed.slice(0, sealed.length - 3));
    assertEquals(await bytesOf(await app.request("/i/john/p.webp?w=40")), first);
    assertEquals(app.transforms(), 2);
  }, { env: { MEMORY_CACHE_BYTES: "0" } }));

Deno.test("servePicture() answers 502 when the original is damaged, and keeps nothing of it", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const [blob] = await Array.fromAsync(app.blobs.list("originals/"));
    const bytes = (await app.blobs.get(blob!.key))!;
    bytes[300]! ^= 1;
    await app.blobs.put(blob!.key, bytes);
    for (const path of ["/i/john/p.jpg", "/i/john/p.webp?w=10"]) {
      const response = await app.request(path);
      assertEquals([response.status, (await errorOf(response)).code], [502, "UPSTREAM_ERROR"]);
      assertEquals(response.headers.get("cache-control"), "no-store");
    }
    await app.settled();
    assertEquals((await Array.fromAsync(app.blobs.list("derivatives/"))).length, 0);
  }));

Deno.test("servePicture() names the parameter, its range and the value when one is wrong", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const cases: [string, string[]][] = [
      ["w=0", ['"w"', "1 to 10,000", '"0"']],
      ["w=10001", ['"w"', '"10001"']],
      ["w=", ['"w"', '""']],
      ["w=1.5", ['"w"', '"1.5"']],
      ["w=-5", ['"w"']],
      ["w=1e3", ['"w"']],
      ["w=%00", ['"w"']],
      ["h=abc", ['"h"', "1 to 10,000", '"abc"']],
      ["q=0", ['"q"', "1 to 100", '"0"']],
      ["q=101", ['"q"', '"101"']],
      ["fit=crop", ['"fit"', "cover, contain, fill, scale-down", '"crop"']],
      ["w=10&w=20", ['"w"']],
    ];
    for (const [query, parts] of cases) {
      const response = await app.request(`/i/john/p.webp?${query}`);
      const error = await errorOf(response);
      assertEquals([response.status, error.code], [400, "VALIDATION_ERROR"], query);
      for (const part of parts) assertStringIncludes(error.message, part, query);
    }
    assertEquals(app.transforms(), 0);
  }));

Deno.test("servePicture() answers bad paths with 400 and unknown pictures with 404, never kept", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const cases: [string, number][] = [
      ["/i/john/../john/p.webp", 400],
      ["/i/john/%2e%2e/p.webp", 400],
      ["/i/john/a%2F..%2Fp.webp", 400],
      ["/i/john/p%00.webp", 400],
      ["/i/john/p%0a.webp", 400],
      ["/i/john/p%ff.webp", 400],
      ["/i/john/p%.webp", 400],
      [`/i/john/${"x".repeat(300)}.webp`, 400],
      [`/i/john/${"abcdefghi/".repeat(120)}p.webp`, 400],
      ["/i/jo/p.webp", 400],
      ["/i/john/q.webp", 404],
      ["/i/jane/p.webp", 404],
      ["/i/john/", 400],
      ["/i/john", 404],
      ["/i/", 404],
    ];
    for (const [path, status] of cases) {
      const response = await app.request(path);
      const error = await errorOf(response);
      assertEquals([response.status, error.status], [status, status], `${path}: ${error.message}`);
      assertEquals(response.headers.get("cache-control"), "no-store");
    }
    for (const path of ["/i/JOHN/p.jpg", "/i/john//p.jpg", "/i/john/./p.jpg"]) {
      const response = await app.request(path);
      assertEquals(response.status, 200, path);
      await response.body?.cancel();
    }
  }));

Deno.test("servePicture() serves no private picture to strangers", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "secret.jpg", { visibility: "private" });
    const secret = await app.request("/i/john/secret.webp");
    const absent = await app.request("/i/john/absent.webp");
    assertEquals([secret.status, absent.status], [404, 404]);
    assertEquals((await errorOf(secret)).message, (await errorOf(absent)).message);
  }));

Deno.test("servePicture() negotiates only where the URL has no extension", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const typeOf = async (path: string, accept: string) => {
      const response = await app.request(path, { headers: { accept } });
      await bytesOf(response);
      return [response.headers.get("content-type"), response.headers.get("vary")];
    };
    assertEquals(await typeOf("/i/john/p?w=9", "image/avif,image/webp;q=0.8"), ["image/avif", "Accept"]);
    assertEquals(await typeOf("/i/john/p?w=9", "image/webp,*/*;q=0.1"), ["image/webp", "Accept"]);
    assertEquals(await typeOf("/i/john/p?w=9", "text/html"), ["image/jpeg", "Accept"]);
    assertEquals(await typeOf("/i/john/p.png?w=9", "image/avif"), ["image/png", null]);
  }));

Deno.test("servePicture() logs no fault when the client goes away while it waits", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const leaving = new AbortController();
    const answer = app.request("/i/john/p.webp?w=9", { signal: leaving.signal });
    leaving.abort();
    assertEquals((await answer).status, 499);
    assertEquals(app.logged.filter((line) => line.event === "failed"), []);
    assertEquals((await app.request("/i/john/p.webp?w=9")).status, 200);
  }));

Deno.test("servePicture() serves a picture host of its own without /i", () =>
  withApp(async (app, john) => {
    const answer = await (await app.upload(john, await fixture("quarters.jpg"), "p.jpg")).json();
    assertEquals(answer.available_formats.webp, "https://cdn.example.com/john/p.webp");
    const at = (path: string) =>
      app.request(`https://cdn.example.com${path}`, { headers: { host: "cdn.example.com" } });
    assertEquals((await bytesOf(await at("/john/p.webp?w=9"))).length > 0, true);
    const shouted = await app.request("/john/p.webp?w=9", { headers: { host: "CDN.Example.com" } });
    assertEquals([shouted.status, (await shouted.bytes()).length > 0], [200, true]);
    assertEquals((await at("/john/absent.webp")).status, 404);
    assertEquals((await at("/api/v1/images")).status, 404);
    assertEquals((await app.request("/i/john/p.jpg")).status, 200);
  }, { env: { CDN_URL: "https://cdn.example.com" } }));

Deno.test("servePicture() goes on for its neighbours while one picture hangs and another crashes", async () => {
  const app = await startTestApp({ pool: {} });
  const john = await app.addUser("john");
  await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
  const hangs = app.deps.pool as unknown as { render: TestApp["deps"]["pool"]["render"] };
  const render = hangs.render;
  // Only what hangs is given up early: its neighbours take their time on a busy machine.
  const pretend = (does: "hang" | "trap" | "exit"): typeof render => (_job, bytes, run) =>
    render({ kind: "test", does } as never, bytes, { ...run, ...(does === "hang" ? { deadlineMs: 1_500 } : {}) });
  const broken = async (does: "hang" | "trap" | "exit", width: number) => {
    hangs.render = pretend(does);
    const answer = app.request(`/i/john/p.webp?w=${width}`);
    // The job is with the pool once the flight has looked into the store.
    while (app.deps.pool.stats.busy === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    hangs.render = render;
    return { answer };
  };
  const stuck = await broken("hang", 11);
  assertEquals((await app.request("/i/john/p.webp?w=21")).status, 200);
  const late = await stuck.answer;
  assertEquals([late.status, (await errorOf(late)).code], [504, "TIMEOUT"]);
  for (const does of ["trap", "exit"] as const) {
    const crashed = await (await broken(does, does === "trap" ? 12 : 13)).answer;
    assertEquals([crashed.status, (await errorOf(crashed)).code], [422, "UNPROCESSABLE_IMAGE"]);
    const next = await app.request(`/i/john/p.webp?w=${does === "trap" ? 22 : 23}`);
    assertEquals(next.status, 200);
    await next.body?.cancel();
  }
  assertEquals(app.deps.pool.stats.replaced, 3);
  const recovered = await app.request("/i/john/p.webp?w=11");
  assertEquals(recovered.status, 200);
  await recovered.body?.cancel();
  await app.close();
});

Deno.test("servePicture() answers 503 with Retry-After when the queue is full", async () => {
  const app = await startTestApp({ pool: { size: 1, queueMax: 1 } });
  const john = await app.addUser("john");
  await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
  // A look into the store comes between the requests and the pool: all eight are to be there at once.
  const gate = app.deps.pool as { hold: typeof app.deps.pool.hold };
  const { hold } = gate;
  const all = Promise.withResolvers<void>();
  let arrived = 0;
  gate.hold = async (party) => {
    if (++arrived === 8) all.resolve();
    await all.promise;
    return await hold(party);
  };
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => app.request(`/i/john/p.webp?w=${10 + n}`)),
  );
  const statuses = answers.map((a) => a.status).sort();
  assertEquals(statuses, [200, 200, 503, 503, 503, 503, 503, 503]);
  const busy = answers.find((a) => a.status === 503)!;
  assertMatch(busy.headers.get("retry-after")!, /^\d+$/);
  assertEquals((await errorOf(busy)).code, "BUSY");
  await Promise.all(answers.map((a) => a.bodyUsed ? null : a.body?.cancel()));
  await app.close();
});
