import { assertEquals } from "@std/assert";
import { folderOf, isPicture, pathField, tellingName } from "../../islands/publish/files.ts";

Deno.test("isPicture() lets through what may be one, and leaves out what a folder has beside them", () => {
  const cases: [string, string, boolean][] = [
    ["a.jpg", "image/jpeg", true],
    ["a.HEIC", "", true],
    ["a.exr", "application/octet-stream", true],
    ["a.weird", "image/x-weird", true],
    ["scan", "", true],
    ["notes.txt", "text/plain", false],
    ["film.mp4", "video/mp4", false],
    [".DS_Store", "", false],
    ["._a.jpg", "image/jpeg", false],
    ["Thumbs.db", "", false],
  ];
  for (const [name, type, expected] of cases) assertEquals(isPicture({ name, type }), expected, name);
});

Deno.test("tellingName() renames what all browsers and phones call the same, and nothing else", () => {
  const at = new Date(2026, 11, 1, 9, 5, 7);
  assertEquals(tellingName("image.png", at, 0), "image-2026-12-01-090507.png");
  assertEquals(tellingName("Image.JPG", at, 1), "image-2026-12-01-090507-2.jpg");
  for (const name of ["my image.png", "image-2.png", "IMG_0001.jpg", "image"]) {
    assertEquals(tellingName(name, at, 0), name);
  }
});

Deno.test("pathField() names the whole path of a picture, and the folder alone where the name doesn't end like one", () => {
  assertEquals(pathField("blog", "", "a.jpg"), "blog/a.jpg");
  assertEquals(pathField(" blog/2026/ ".trim(), folderOf("holiday/sea/a.jpg"), "a.jpg"), "blog/2026/holiday/sea/a.jpg");
  assertEquals(pathField("", "", "a.jpg"), "a.jpg");
  assertEquals(pathField("/", "", "scan"), "");
  assertEquals(pathField("photos.png", "", "scan.final"), "photos.png");
  assertEquals(folderOf("a.jpg"), "");
  assertEquals(folderOf("/dropped/a.jpg"), "dropped");
});
