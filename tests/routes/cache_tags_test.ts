import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { ImageId, ImagePath, UserId } from "../../kv/ids.ts";
import { imageTag, pathTag, presetTag, userTag, withoutAuto } from "../../routes/_services/cache_tags.ts";

const JOHN = "user_john" as UserId;
const MARY = "user_mary" as UserId;
const at = (path: string) => pathTag(JOHN, path as ImagePath);

Deno.test("pathTag() is the same for a path in every format, and another for each base and user", async () => {
  const tag = await at("blog/photo.jpg");
  for (const path of ["blog/photo.webp", "blog/photo.AVIF", "blog/photo", "blog/photo.auto", "blog/photo.AUTO"]) {
    assertEquals(await at(path), tag, path);
  }
  for (const path of ["photo.jpg", "blog/photos.jpg", "blog/photo.txt", "blog/photo.jpg.auto.x"]) {
    assertNotEquals(await at(path), tag, path);
  }
  assertNotEquals(await pathTag(MARY, "blog/photo.jpg" as ImagePath), tag);
});

Deno.test("tags tell nothing: a letter and 16 hex digits, another one for each kind", async () => {
  const tags = [
    await userTag(JOHN),
    await imageTag(JOHN, "abc" as ImageId),
    await at("abc"),
    await presetTag(JOHN, "abc"),
    await userTag(MARY),
  ];
  for (const tag of tags) assertMatch(tag, /^[uips][0-9a-f]{16}$/);
  assertEquals(new Set(tags.map((tag) => tag.slice(1))).size, tags.length);
  assertEquals(await userTag(JOHN), tags[0]);
});

Deno.test("withoutAuto() takes the ending away in any case, and only the ending", () => {
  assertEquals(
    ["a.auto", "a.Auto", "a.auto.jpg", "aauto", ".auto"].map(withoutAuto),
    ["a", "a", null, null, ""],
  );
});
