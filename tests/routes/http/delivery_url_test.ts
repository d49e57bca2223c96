import { assertEquals } from "@std/assert";
import { decodePath, deliveryUrl, encodePath, rawTarget } from "../../../routes/_http/delivery_url.ts";
import { seededRandom } from "../../doubles/seeded_random.ts";

const TARGETS: readonly (readonly [string, string, string])[] = [
  ["http://h/a/b.png?w=1&h=2", "/a/b.png", "w=1&h=2"],
  ["http://h:8000/a", "/a", ""],
  ["http://h", "/", ""],
  ["http://h/", "/", ""],
  ["http://h/a?", "/a", ""],
  ["http://h/a/../b", "/a/../b", ""],
  ["http://h/a/%2e%2E/b", "/a/%2e%2E/b", ""],
  ["http://h//a//b/", "//a//b/", ""],
  ["http://h/a%3Fb?c?d", "/a%3Fb", "c?d"],
  ["http://h/a?u=http://x/y", "/a", "u=http://x/y"],
  ["http://h/a#frag?x", "/a", ""],
  ["http://h/a?b#frag", "/a", "b"],
  ["http://h/%E6%97%A5", "/%E6%97%A5", ""],
];

for (const [url, path, query] of TARGETS) {
  Deno.test(`rawTarget() gives ${path} and "${query}" when given ${url}`, () => {
    assertEquals(rawTarget(url), { path, query });
  });
}

const PATHS: readonly (readonly [string, string | null])[] = [
  ["a/b.png", "a/b.png"],
  ["a%2Fb.png", "a/b.png"],
  ["a+b.png", "a+b.png"],
  ["a%20b%2Bc.png", "a b+c.png"],
  ["%2520", "%20"],
  ["%E6%97%A5", "日"],
  ["%", null],
  ["%zz", null],
  ["%E6%97", null],
  ["%ff", null],
  ["%C0%AF", null],
  ["%ED%A0%80", null],
];

for (const [raw, decoded] of PATHS) {
  Deno.test(`decodePath() gives ${decoded} when given ${raw}`, () => {
    assertEquals(decodePath(raw), decoded);
  });
}

Deno.test("decodePath() undoes encodePath(), which keeps slashes and needs no further escaping", () => {
  const random = seededRandom(100);
  const alphabet = [..."/.a+% ?#&=\\\"'é日😀:@;"];
  for (let i = 0; i < 2_000; i++) {
    const path = Array.from({ length: random.integer(1, 20) }, () => random.pick(alphabet)).join("");
    const encoded = encodePath(path);
    assertEquals(decodePath(encoded), path);
    assertEquals(encoded.split("/").length, path.split("/").length);
    assertEquals(/^[A-Za-z0-9/%._~!'()*-]*$/.test(encoded), true, encoded);
  }
});

Deno.test("deliveryUrl() makes an address that rawTarget() takes apart again", () => {
  for (
    const [at, prefix] of [
      [{ origin: "http://localhost:8000", prefix: "/i" }, "/i"],
      [{ origin: "https://cdn.example.com", prefix: "" }, ""],
    ] as const
  ) {
    const path = "blog 1/ünï/ph+oto?#.png";
    const url = deliveryUrl(at, "john", path);
    assertEquals(url.startsWith(`${at.origin}${prefix}/john/blog%201/`), true);
    const target = rawTarget(url);
    assertEquals([decodePath(target.path), target.query], [`${prefix}/john/${path}`, ""]);
    // The address means the same to a client that reads it by the standard.
    assertEquals([new URL(url).search, new URL(url).hash], ["", ""]);
  }
});
