import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { altOf, snippet, type SnippetPicture, SNIPPETS } from "../../islands/common/snippets.ts";

const picture: SnippetPicture = {
  url: "https://img.example/i/john/a.webp?w=800&q=70",
  sources: {
    webp: "https://img.example/i/john/a.webp?w=800&q=70",
    jpeg: "https://img.example/i/john/a.jpg?w=800&q=70",
    avif: "https://img.example/i/john/a.avif?w=800&q=70",
  },
  alt: "A red car",
  width: 800,
  height: 600,
};

Deno.test("snippet() of HTML escapes what HTML needs escaped, and reserves the place", () => {
  assertEquals(
    snippet("html", { ...picture, alt: '"<b>" & co' }),
    '<img src="https://img.example/i/john/a.webp?w=800&amp;q=70" width="800" height="600" ' +
      'alt="&quot;&lt;b&gt;&quot; &amp; co" loading="lazy">',
  );
  assert(!snippet("html", { ...picture, width: null }).includes("width"));
});

Deno.test("snippet() of <picture> names the smallest format first and ends with what every browser reads", () => {
  const lines = snippet("picture", picture).split("\n");
  assertEquals(lines.length, 5);
  assertStringIncludes(lines[1]!, '.avif?w=800&amp;q=70" type="image/avif"');
  assertStringIncludes(lines[2]!, '.webp?w=800&amp;q=70" type="image/webp"');
  assertStringIncludes(lines[3]!, '<img src="https://img.example/i/john/a.jpg?');
  assertEquals(snippet("picture", { ...picture, sources: {} }).split("\n").length, 3);
});

Deno.test("snippet() lets no name break out of its language", () => {
  const nasty = { ...picture, alt: 'a](x) "b" {c} \\', url: "https://h/i/john/it's(1).webp?x=1&y=2" };
  assertEquals(snippet("markdown", nasty), '![a\\](x) "b" {c} \\\\](https://h/i/john/it\'s%281%29.webp?x=1&y=2)');
  assertEquals(snippet("curl", nasty), "curl -O 'https://h/i/john/it'\\''s(1).webp?x=1&y=2'");
  assertStringIncludes(snippet("react", nasty), 'alt={"a](x) \\"b\\" {c} \\\\"}');
  assertStringIncludes(
    snippet("react", picture),
    'src={"https://img.example/i/john/a.webp?w=800&q=70"} alt="A red car"',
  );
  assertEquals(snippet("css", { ...picture, url: 'https://h/"x' }), 'background-image: url("https://h/\\"x");');
  assertStringIncludes(snippet("next", picture), 'import Image from "next/image";');
});

Deno.test("snippet() knows every kind, and each names the picture", () => {
  for (const kind of SNIPPETS) assert(/img\.example\/i\/john\/a\.(webp|jpg)/.test(snippet(kind, picture)), kind);
});

Deno.test("altOf() makes words of a file's name", () => {
  assertEquals(altOf("blog/IMG_0042-red car.jpg"), "IMG 0042 red car");
  assertEquals(altOf("café.final.png"), "café.final");
});
