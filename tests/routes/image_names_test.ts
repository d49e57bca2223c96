import { assert, assertEquals, assertThrows } from "@std/assert";
import { baseFilename, sanitizeFilename, uploadPath } from "../../routes/_services/image_names.ts";
import { ServiceError } from "../../routes/_services/service_error.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const BASES: readonly (readonly [string, string])[] = [
  ["photo.jpg", "photo.jpg"],
  ["C:\\fakepath\\photo.jpg", "photo.jpg"],
  ["/home/me/photo.jpg", "photo.jpg"],
  ["a b+c%20.png", "a b+c%20.png"],
  ["cafe\u0301.png", "caf\u00e9.png"],
  [".hidden.png", ".hidden.png"],
  ["", "image"],
  ["   ", "image"],
  ["..", "image"],
  [".", "image"],
  ["a/", "image"],
];

for (const [name, expected] of BASES) {
  Deno.test(`baseFilename() gives "${expected}" when given "${name}"`, () => {
    assertEquals(baseFilename(name), expected);
  });
}

/** Field, file name, path. */
const UPLOADS: readonly (readonly [string | null, string, string])[] = [
  [null, "photo.jpg", "photo.jpg"],
  ["", "photo.jpg", "photo.jpg"],
  ["/", "photo.jpg", "photo.jpg"],
  ["blog/2024/photo.png", "other.jpg", "blog/2024/photo.png"],
  ["/blog/2024/PHOTO.PNG/", "other.jpg", "blog/2024/PHOTO.PNG"],
  ["blog/2024", "photo.jpg", "blog/2024/photo.jpg"],
  ["blog/2024/", "photo.jpg", "blog/2024/photo.jpg"],
  ["photos/v1.2", "photo.jpg", "photos/v1.2/photo.jpg"],
  ["my.png/sub", "photo.jpg", "my.png/sub/photo.jpg"],
  [".png", "photo.jpg", ".png/photo.jpg"],
  ["./a//b/./", "photo.jpg", "a/b/photo.jpg"],
  ["a%20b/c+d.png", "x", "a%20b/c+d.png"],
  ["photos/2024", "2024", "photos/2024/2024"],
  ["blog 1/ünï", "ph+oto.png", "blog 1/ünï/ph+oto.png"],
  ["a", "C:\\fakepath\\x.png", "a/x.png"],
  ["a", "", "a/image"],
  ["x.svgz", "y.jpg", "x.svgz"],
  ["x.pfm", "y.jpg", "x.pfm"],
];

for (const [field, filename, expected] of UPLOADS) {
  Deno.test(`uploadPath() gives "${expected}" when the field is ${field} and the file "${filename}"`, () => {
    assertEquals(String(uploadPath(field, filename)), expected);
  });
}

Deno.test("uploadPath() refuses what no path may hold", () => {
  const bad: [string | null, string][] = [
    ["../a.png", "x.jpg"],
    ["a/../b.png", "x.jpg"],
    ["a\u0000.png", "x.jpg"],
    [null, "a\u0001.png"],
    ["a".repeat(256) + ".png", "x.jpg"],
    [Array(33).fill("a").join("/"), "x.jpg"],
    [Array(32).fill("a").join("/"), "x.jpg"],
  ];
  for (const [field, filename] of bad) {
    assertEquals(assertThrows(() => uploadPath(field, filename), ServiceError).code, "validation");
  }
});

const SANITIZED: readonly (readonly [string, string])[] = [
  ["photo.jpg", "photo.jpg"],
  ["Crème brûlée.PNG", "Creme-brulee.png"],
  ["a  b__c--d.webp", "a-b__c-d.webp"],
  ["日本.png", "image.png"],
  ["日本", "image"],
  ["", "image"],
  ["...", "image"],
  [".hidden.png", "hidden.png"],
  ['a"b\r\nc.png', "a-b-c.png"],
  ["../../etc/passwd", "etc-passwd"],
  ["x".repeat(300) + ".jpg", "x".repeat(100) + ".jpg"],
  ["photo.txt", "photo.txt"],
];

for (const [name, expected] of SANITIZED) {
  Deno.test(`sanitizeFilename() gives "${expected.slice(0, 30)}" when given ${JSON.stringify(name.slice(0, 30))}`, () => {
    assertEquals(sanitizeFilename(name), expected);
  });
}

Deno.test("sanitizeFilename() is safe in a header for random names", () => {
  const random = seededRandom(110);
  const alphabet = [..."ab.-_/\\\"' \n\u0000é日😀;=%", ".png", ".JPG"];
  for (let i = 0; i < 5_000; i++) {
    const name = Array.from({ length: random.integer(0, 15) }, () => random.pick(alphabet)).join("");
    const safe = sanitizeFilename(name);
    assert(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(safe), `${JSON.stringify(name)} → ${safe}`);
  }
});
