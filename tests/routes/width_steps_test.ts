/** The width ladder of an account, as its pictures' URLs show it. */
import { assert, assertEquals } from "@std/assert";
import { call } from "../doubles/api.ts";
import { decodePicture } from "../doubles/decode.ts";
import { withServed } from "../doubles/served.ts";
import { START_MS } from "../doubles/state.ts";

const SETTINGS = "/api/v1/settings";

Deno.test("a ladder takes w up to the next step, and many widths make few derivatives", () =>
  withServed(["quarters.jpg"], async ({ app, john, get }) => {
    const seen = async (query: string) => {
      const response = await get(`quarters.png?${query}`);
      assertEquals(response.status, 200, query);
      const { width, height } = await decodePicture("png", new Uint8Array(await response.arrayBuffer()));
      const { headers } = response;
      return { size: [width, height], etag: headers.get("etag"), location: headers.get("content-location") };
    };
    const ratio = (([width, height]) => height! / width!)((await seen("meta=none")).size);
    assertEquals((await seen("w=11")).size[0], 11);
    const { status, body } = await call(app, john, "PUT", SETTINGS, { width_steps: [20, 40] });
    assertEquals([status, body.settings.width_steps], [200, [20, 40]]);
    const before = app.transforms();
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => seen(`w=${n + 1}`)));
    assertEquals(new Set(answers.slice(0, 20).map(({ size }) => size[0])), new Set([20]));
    assertEquals(new Set(answers.slice(20).map(({ size }) => size[0])), new Set([40]));
    assertEquals([app.transforms() - before, new Set(answers.map(({ etag }) => etag)).size], [2, 2]);
    assertEquals(new Set(answers.map(({ location }) => location)), new Set([null]));
    assertEquals((await seen("w=10&dpr=2")).etag, answers[0]!.etag);
    assertEquals((await seen("w=11&dpr=2")).etag, answers[39]!.etag);
    assertEquals((await seen("w=10&h=5&fit=cover")).size, [20, 10]);
    assertEquals((await seen("h=13")).size, [Math.round(13 / ratio), 13]);
    const off = await call(app, john, "PUT", SETTINGS, { width_steps: null });
    assertEquals(off.body.settings.width_steps, null);
    assertEquals((await seen("w=11")).size[0], 11);
  }));

Deno.test("a change of the ladder dates URLs that name a width, and no others", () => {
  let nowMs = START_MS;
  return withServed(["quarters.jpg"], async ({ app, john, get }) => {
    const dateOf = async (query: string) => {
      nowMs += 5_000;
      const response = await get(`quarters.webp?${query}`);
      await response.body?.cancel();
      return Date.parse(response.headers.get("last-modified")!);
    };
    const [withWidth, without] = [await dateOf("w=11"), await dateOf("h=11")];
    await call(app, john, "PUT", SETTINGS, { width_steps: [20] });
    const changed = await dateOf("w=11");
    assert(changed > withWidth, `${changed} after ${withWidth}`);
    assertEquals(await dateOf("h=11"), without);
    // Another setting, and the same ladder again, change nothing.
    await call(app, john, "PUT", SETTINGS, { width_steps: [20], theme: "dark" });
    assertEquals(await dateOf("w=11"), changed);
    await call(app, john, "PUT", SETTINGS, { width_steps: null });
    assert(await dateOf("w=11") > changed);
  }, { now: () => nowMs });
});
