import { assert, assertEquals } from "@std/assert";
import {
  formatOfExtension,
  FORMATS,
  type ImageFormat,
  isImageFormat,
  isOutputFormat,
  OUTPUT_FORMATS,
  outputOfExtension,
  splitExtension,
} from "../../codec/formats.ts";

/** The endings of the upload rules, from the contract. */
const CONTRACT_EXTENSIONS = (
  "jpg jpeg jpe jfif png apng webp gif bmp dib tif tiff ico cur svg svgz heic heif hif avif avifs tga pnm pbm pgm ppm " +
  "pam pfm qoi hdr exr jxl"
).split(" ");
const FORMAT_NAMES = Object.keys(FORMATS) as ImageFormat[];

Deno.test("FORMATS names exactly the extensions of the contract, each once", () => {
  const named = FORMAT_NAMES.flatMap((f) => [...FORMATS[f].extensions]);
  assertEquals(named.toSorted(), CONTRACT_EXTENSIONS.toSorted());
  assertEquals(new Set(named).size, named.length);
});

Deno.test("FORMATS gives every format an own media type", () => {
  const types = FORMAT_NAMES.map((f) => FORMATS[f].mimeType);
  assertEquals(new Set(types).size, types.length);
  for (const type of types) assert(/^image\/[a-z0-9.+-]+$/.test(type), type);
});

Deno.test("isOutputFormat() agrees with OUTPUT_FORMATS", () => {
  assertEquals(FORMAT_NAMES.filter(isOutputFormat).toSorted(), [...OUTPUT_FORMATS].toSorted());
});

Deno.test("FORMATS gives a side to what is written, GIF for animations among it, and none to the others", () => {
  for (const name of FORMAT_NAMES) {
    assertEquals(FORMATS[name].maxSidePx > 0, isOutputFormat(name) || name === "gif", name);
  }
  assertEquals(isOutputFormat("gif"), false);
});

Deno.test("formatOfExtension() finds every row when its extensions are in any case", () => {
  for (const name of FORMAT_NAMES) {
    for (const extension of FORMATS[name].extensions) {
      assertEquals(formatOfExtension(extension), name);
      assertEquals(formatOfExtension(extension.toUpperCase()), name);
    }
  }
  for (const other of ["", "txt", ".png", "constructor", "__proto__", "jpg "]) {
    assertEquals(formatOfExtension(other), null);
  }
});

Deno.test("isImageFormat() takes names of rows only", () => {
  assert(isImageFormat("jpeg"));
  for (const other of ["jpg", "JPEG", "", "toString", "__proto__"]) assert(!isImageFormat(other), other);
});

Deno.test("outputOfExtension() takes the six spellings of the contract only", () => {
  const expected: Record<string, string> = {
    webp: "webp",
    avif: "avif",
    jpg: "jpeg",
    jpeg: "jpeg",
    png: "png",
    jxl: "jxl",
  };
  for (const extension of CONTRACT_EXTENSIONS) assertEquals(outputOfExtension(extension), expected[extension] ?? null);
  assertEquals(outputOfExtension("JPG"), "jpeg");
  assertEquals(outputOfExtension("WebP"), "webp");
});

const SPLITS: readonly (readonly [string, string, string | null])[] = [
  ["photo.jpg", "photo", "jpg"],
  ["a/b.JPG", "a/b", "jpg"],
  ["a/b.tar.png", "a/b.tar", "png"],
  ["photo", "photo", null],
  ["photo.txt", "photo.txt", null],
  ["my.png/photo", "my.png/photo", null],
  [".png", ".png", null],
  ["a/.png", "a/.png", null],
  ["a/.b.png", "a/.b", "png"],
  ["photo.", "photo.", null],
  ["photo.png/", "photo.png/", null],
  ["日本.webp", "日本", "webp"],
  ["", "", null],
];

for (const [path, base, extension] of SPLITS) {
  Deno.test(`splitExtension() gives "${base}" and ${extension} when given "${path}"`, () => {
    assertEquals(splitExtension(path), { base, extension });
  });
}
