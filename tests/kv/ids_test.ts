import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import {
  imageIdOfHash,
  isApiKey,
  isImageId,
  NameError,
  newApiKey,
  newUserId,
  parseImagePath,
  parseNewUserName,
  parsePathSegments,
  parseUserName,
  randomText,
  RESERVED_USER_NAMES,
  sha256Hex,
  toHex,
} from "../../kv/ids.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

Deno.test("parseUserName() lower-cases and takes 3 to 32 characters of the rule", () => {
  for (const name of ["abc", "0_-", "a".repeat(32), "john-doe_9"]) assertEquals(String(parseUserName(name)), name);
  assertEquals(String(parseUserName("JoHn")), "john");
});

Deno.test("parseUserName() refuses what breaks the rule", () => {
  const bad = ["", "ab", "a".repeat(33), "-abc", "_abc", "a b", "a.b", "jöhn", "abc\n", "abc/", "a%62", "日本語"];
  for (const name of bad) assertThrows(() => parseUserName(name), NameError);
});

Deno.test("parseNewUserName() refuses reserved names in any case, and each of them is a user name otherwise", () => {
  for (const name of RESERVED_USER_NAMES) {
    if (name.length < 3) continue;
    assertEquals(String(parseUserName(name)), name);
    assertThrows(() => parseNewUserName(name.toUpperCase()), NameError, "reserved");
  }
  assertEquals(String(parseNewUserName("Alice")), "alice");
});

Deno.test("parseImagePath() drops empty and dot segments and slashes at the ends", () => {
  for (const path of ["a/b.png", "/a/b.png", "a//b.png", "./a/./b.png", "a/b.png/", "//a///b.png//"]) {
    assertEquals(String(parseImagePath(path)), "a/b.png");
  }
});

Deno.test("parseImagePath() keeps spaces, plus signs, percent signs and dots as written", () => {
  for (const path of ["a b/c+d.png", "100%/x%20y.png", ".hidden.png", "a..b/...png", "a\\b.png", " x .png "]) {
    assertEquals(String(parseImagePath(path)), path);
  }
});

Deno.test("parseImagePath() gives one name when Unicode is spelled in two ways", () => {
  assertEquals(parseImagePath("cafe\u0301.png"), parseImagePath("caf\u00e9.png"));
  assertEquals(String(parseImagePath("日本/写真.png")), "日本/写真.png");
});

Deno.test("parsePathSegments() refuses parent folders, control characters and broken Unicode", () => {
  for (
    const path of ["..", "a/../b", "../a", "a/..", "a\u0000b", "a\nb", "a\u007f", "a\u0085b", "a\u2028b", "a\ud800"]
  ) {
    assertThrows(() => parsePathSegments(path), NameError);
  }
});

Deno.test("parseImagePath() refuses a path of which nothing is left", () => {
  for (const path of ["", "/", ".", "././/"]) assertThrows(() => parseImagePath(path), NameError, "empty");
  assertEquals(parsePathSegments("/./"), []);
});

Deno.test("parsePathSegments() holds 255 bytes a segment, 32 segments and 1,024 bytes, counted in UTF-8", () => {
  assertEquals(parsePathSegments("é".repeat(127) + "a").length, 1);
  assertThrows(() => parsePathSegments("é".repeat(128)), NameError, "255 bytes of UTF-8, got 256");
  assertEquals(parsePathSegments(Array(32).fill("a").join("/")).length, 32);
  assertThrows(() => parsePathSegments(Array(33).fill("a").join("/")), NameError, "32 segments, got 33");
  const pathOf = (...lengths: number[]) => lengths.map((n) => "a".repeat(n)).join("/");
  assertEquals(parsePathSegments(pathOf(255, 255, 255, 254, 1)).join("/").length, 1_024);
  assertThrows(() => parsePathSegments(pathOf(255, 255, 255, 254, 2)), NameError, "1024 bytes of UTF-8, got 1025");
});

Deno.test("parseImagePath() is idempotent for random text that it takes", () => {
  const random = seededRandom(50);
  const alphabet = ["/", ".", "..", "a", "é", "e\u0301", " ", "+", "%", "日", "\u0000", "\ud83d\ude00", "-"];
  let taken = 0;
  for (let i = 0; i < 5_000; i++) {
    const text = Array.from({ length: random.integer(1, 12) }, () => random.pick(alphabet)).join("");
    let path;
    try {
      path = parseImagePath(text);
    } catch (error) {
      assert(error instanceof NameError);
      continue;
    }
    taken++;
    assertEquals(parseImagePath(path), path);
    assert(!path.startsWith("/") && !path.endsWith("/") && !path.includes("//"));
    assert(!path.split("/").includes("..") && path.isWellFormed());
  }
  assert(taken > 500);
});

Deno.test("isImageId() takes 16 lower-case hex characters only, as imageIdOfHash() gives them", () => {
  assertEquals(String(imageIdOfHash("0123456789abcdef".repeat(4))), "0123456789abcdef");
  assert(isImageId("0123456789abcdef"));
  for (
    const bad of [
      "",
      "0123456789abcde",
      "0123456789abcdef0",
      "0123456789ABCDEF",
      "0123456789abcdeg",
      "img_abc123456789",
    ]
  ) {
    assert(!isImageId(bad), bad);
  }
});

Deno.test("newApiKey() makes different keys of the documented form", () => {
  const keys = new Set(Array.from({ length: 200 }, () => newApiKey(randomBytes)));
  assertEquals(keys.size, 200);
  for (const key of keys) {
    assertMatch(key, /^imgsrc_[A-Za-z0-9]{48}$/);
    assert(isApiKey(key));
    assert(!isApiKey(`${key}a`) && !isApiKey(key.slice(1)) && !isApiKey(`${key}\n`));
  }
  assertMatch(newUserId(randomBytes), /^user_[A-Za-z0-9]{20}$/);
});

Deno.test("randomText() throws away the bytes that would favour some characters", () => {
  const once = Uint8Array.of(255, 248, 249, 0, 61, 62, 247);
  assertEquals(randomText(() => once, 4), "A9A9");
});

Deno.test("randomText() gives any length when the source is short of good bytes", () => {
  let calls = 0;
  const text = randomText((length) => new Uint8Array(length).fill(calls++ === 0 ? 255 : 1), 5);
  assertEquals([text, calls], ["BBBBB", 2]);
});

Deno.test("sha256Hex() agrees with node:crypto for text and bytes", async () => {
  const random = seededRandom(51);
  for (const length of [0, 1, 55, 56, 64, 1_000]) {
    const bytes = random.bytes(length);
    assertEquals(await sha256Hex(bytes), createHash("sha256").update(bytes).digest("hex"));
  }
  assertEquals(await sha256Hex("日本"), createHash("sha256").update("日本", "utf8").digest("hex"));
  assertNotEquals(await sha256Hex("a"), await sha256Hex("b"));
});

Deno.test("toHex() writes two digits a byte", () => {
  assertEquals(toHex(Uint8Array.of(0, 1, 15, 16, 255)), "00010f10ff");
});
