/** The parameters as such over HTTP: bad values, unknown keys, and spellings of the same picture. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describeAllowed, TRANSFORM_ENTRIES } from "../../codec/params.ts";
import { errorOf } from "../doubles/app.ts";
import { BAD_VALUES } from "../doubles/param_values.ts";
import { withServed } from "../doubles/served.ts";

const SHOWN_VALUE_CHARS = 40;

Deno.test("servePicture() answers each bad value of each row with 400, naming key, range and value", () =>
  withServed(["quarters.jpg"], async ({ get, app }) => {
    for (const [name, row] of TRANSFORM_ENTRIES) {
      for (const value of [...BAD_VALUES[row.kind](row), "%", "\u0000", "\n", "x".repeat(5_000), "<script>"]) {
        const response = await get(`quarters.webp?${row.key}=${encodeURIComponent(value)}`);
        const error = await errorOf(response);
        assertEquals([response.status, error.code], [400, "VALIDATION_ERROR"], `${name}=${value}`);
        const shown = value.length > SHOWN_VALUE_CHARS ? `${value.slice(0, SHOWN_VALUE_CHARS)}…` : value;
        for (const part of [`"${row.key}"`, describeAllowed(row), `"${shown}"`]) {
          assertStringIncludes(error.message, part, `${name}=${value}`);
        }
        assert(error.message.length < 400);
        assertEquals(response.headers.get("cache-control"), "no-store");
      }
    }
    assertEquals(app.transforms(), 0);
  }));

Deno.test("servePicture() refuses a bad value also where it would make no difference", () =>
  withServed(["quarters.png"], async ({ get }) => {
    for (const query of ["q=0", "progressive=maybe", "frame=-1", "dpr=4", "crop=moon", "bg=red"]) {
      const response = await get(`quarters.png?${query}`);
      assertEquals(response.status, 400, query);
      await response.body?.cancel();
    }
  }));

Deno.test("servePicture() refuses each key that is given twice with different values", () =>
  withServed(["quarters.png"], async ({ get }) => {
    for (const [, row] of TRANSFORM_ENTRIES) {
      const other = row.kind === "enum" ? row.values.find((v) => v !== row.example)! : "1";
      const response = await get(`quarters.webp?${row.key}=${row.example}&${row.key}=${other}`);
      const error = await errorOf(response);
      assertEquals(response.status, 400, row.key);
      assertStringIncludes(error.message, `"${row.key}"`);
    }
  }));

Deno.test("servePicture() ignores unknown keys, whatever they hold", () =>
  withServed(["quarters.png"], async ({ bytes, app }) => {
    const plain = await bytes("quarters.webp?w=20");
    const unknown = [
      "utm_source=x",
      "W=5",
      "width=-1",
      "gravity=moon",
      "a=%00",
      "=",
      "&&",
      "%ff=1",
      "x=%zz",
      "__proto__=1",
    ];
    for (const query of unknown) assertEquals(await bytes(`quarters.webp?w=20&${query}`), plain, query);
    assertEquals(app.transforms(), 1);
  }));

/** A path and queries that all mean the same picture. */
const SPELLINGS: readonly (readonly [path: string, ...queries: string[]])[] = [
  [
    "quarters.webp",
    "w=20",
    "w=020",
    "fit=contain&w=20",
    "w=20&w=20",
    "w=20&fit=cover",
    "w=20&fit=fill",
    "w=20&crop=top",
  ],
  ["quarters.webp", "w=21&dpr=1", "w=21", "w=21&q=80", "w=21&q=080", "w=21&rotate=0", "w=21&rotate=auto", "w=21&pad=0"],
  ["quarters.webp", "w=22", "w=22&blur=0", "w=22&sharpen=00", "w=22&contrast=-0", "w=22&grayscale=0", "w=22&bg=f00"],
  ["quarters.webp", "w=23", "w=23&progressive=1", "w=23&frame=5", "w=23&icc=srgb", "w=23&meta=rights", "w=23&fp=0,0"],
  ["quarters.webp", "w=24&h=24&fit=cover&fp=.5,1", "h=24&w=24&fp=0.50,1.0&fit=cover&crop=top"],
  ["quarters.webp", "grayscale=1", "grayscale=true&saturation=40"],
  ["quarters.webp", "lossless=1", "lossless=true&q=3"],
  ["quarters.webp", "pad=3&bg=fc0", "bg=FFCC00&pad=3", "pad=03&bg=ffcc00ff"],
  ["quarters.jpg", "w=20", "w=20&lossless=1", "w=20&lossless=false"],
  ["fading.webp", "w=20&bg=fc0", "w=20&bg=ffcc00"],
  ["quarters.avif", "w=20&fp=0.5%2C0.5", "w=20&fp=0.5,0.5", "w=20"],
];

for (const [path, ...queries] of SPELLINGS) {
  Deno.test(`servePicture() makes ${path}?${queries[0]} once for all its spellings`, () =>
    withServed(["quarters.png", "fading.png"], async ({ get, bytes, app }) => {
      const etags = new Set<string | null>();
      for (const query of queries) {
        etags.add((await get(`${path}?${query}`).then(async (r) => (await r.body?.cancel(), r))).headers.get("etag"));
        await bytes(`${path}?${query}`);
      }
      assertEquals([app.transforms(), etags.size], [1, 1]);
    }));
}

Deno.test("servePicture() makes a picture of its own for each row's example", () =>
  withServed(["fading.png", "movie.gif"], async ({ get }) => {
    // What else a parameter needs to be seen.
    const company: Readonly<Record<string, string>> = {
      fit: "&w=30&h=30",
      dpr: "&w=30",
      gravity: "&w=30&h=30&fit=cover",
      focus: "&w=60&h=10&fit=cover",
    };
    for (const [name, row] of TRANSFORM_ENTRIES) {
      const path = name === "frame" ? "movie.webp" : name === "progressive" ? "fading.jpg" : "fading.webp";
      const etags = await Promise.all(
        [`${row.key}=${row.example}${company[name] ?? ""}`, (company[name] ?? "").slice(1)].map(async (query) => {
          const response = await get(`${path}?${query}`);
          assertEquals(response.status, 200, `${path}?${query}`);
          await response.body?.cancel();
          return response.headers.get("etag");
        }),
      );
      assert(etags[0] !== etags[1], name);
    }
  }));
