import { assert, assertEquals } from "@std/assert";
import { PARAMS, TRANSFORM_ENTRIES } from "../../codec/params.ts";
import { DEFAULT_PARAMS, formatParams, parseParams } from "../../codec/transform.ts";
import { ownPlace } from "../../islands/common/own_picture.ts";
import {
  faultOf,
  faultsOf,
  NO_SETTINGS,
  pageQuery,
  parseSettings,
  pictureQuery,
  pictureUrl,
  presetParams,
  type Settings,
  withValue,
} from "../../islands/playground/settings.ts";

const ALL: Settings = {
  format: "avif",
  values: Object.fromEntries(TRANSFORM_ENTRIES.map(([name, row]) => [name, row.example])),
};

Deno.test("every row of the parameter table goes through the page's address and back", () => {
  for (const [name, row] of TRANSFORM_ENTRIES) {
    const settings = withValue(NO_SETTINGS, name, row.example);
    assertEquals(parseSettings(new URLSearchParams(pageQuery(settings))), settings, row.key);
  }
  const query = pageQuery(ALL);
  const again = parseSettings(new URLSearchParams(query));
  assertEquals([again.format, pageQuery(again)], ["avif", query]);
});

Deno.test("pictureQuery() writes what the server's own formatter writes", () => {
  for (const settings of [ALL, NO_SETTINGS, withValue(NO_SETTINGS, "background", "FC0")]) {
    const query = pictureQuery(settings);
    assertEquals(query, formatParams(parseParams(new URLSearchParams(query))));
  }
  assertEquals(pictureQuery(withValue(NO_SETTINGS, "background", "FC0")), "bg=ffcc00");
});

Deno.test("a control that is empty or at its default is not set", () => {
  for (const [name, row] of TRANSFORM_ENTRIES) {
    const set = withValue(NO_SETTINGS, name, row.example);
    assertEquals(withValue(set, name, ""), NO_SETTINGS, row.key);
    if (row.default !== null) assertEquals(withValue(set, name, String(row.default)), NO_SETTINGS, row.key);
  }
  assertEquals(pictureQuery(parseSettings(new URLSearchParams("q=80&fit=contain&w="))), "");
});

Deno.test("a value that is not allowed is named, and stays out of addresses and presets", () => {
  const settings = parseSettings(new URLSearchParams("w=0&h=200&fit=round&fp=2,2&unknown=1&format=bmp"));
  assertEquals(faultsOf(settings), ["width", "fit", "focus"]);
  assertEquals([pictureQuery(settings), pageQuery(settings)], ["h=200", "h=200"]);
  assertEquals(presetParams(settings), { h: 200 });
  assert(faultOf(PARAMS.width, "0")!.message.includes('"w"'));
  assertEquals(faultOf(PARAMS.width, "1"), null);
});

Deno.test("presetParams() keeps numbers and truths as such, and the format", () => {
  const settings = withValue(withValue({ ...NO_SETTINGS, format: "webp" }, "width", "200"), "grayscale", "true");
  assertEquals(presetParams(settings), { w: 200, grayscale: true, format: "webp" });
});

Deno.test("pictureUrl() takes the address of a format, or the original's own, as the picture is now", () => {
  const place = ownPlace("john", { id: "0123456789abcdef", path: "a b/photo.heic" });
  assertEquals(pictureUrl(place, null, ""), "/i/john/a%20b/photo.heic?v=01234567");
  assertEquals(pictureUrl(place, "jpeg", "w=1"), "/i/john/a%20b/photo.heic.jpg?w=1&v=01234567");
});

Deno.test("the defaults of the playground are those of a bare address", () => {
  assertEquals(parseParams(new URLSearchParams(pictureQuery(NO_SETTINGS))), DEFAULT_PARAMS);
});
