import { assertEquals } from "@std/assert";
import { isSameOrigin, isShownHere, sessionToken } from "../../../routes/_http/session_cookie.ts";

const HOST = { host: "img.example.com" };

Deno.test("sessionToken() finds its cookie among others, and no cookie that only ends the same", () => {
  for (
    const [cookie, token] of [
      ["imgsrc_session=abc", "abc"],
      ["a=1; imgsrc_session=abc; b=2", "abc"],
      ["a=1;imgsrc_session=abc", "abc"],
      ["xximgsrc_session=abc", null],
      ["imgsrc_session=", null],
      ["", null],
    ] as const
  ) {
    assertEquals(sessionToken(new Headers({ cookie })), token, cookie);
  }
  assertEquals(sessionToken(new Headers()), null);
});

Deno.test("isSameOrigin() takes what a page of this site or no page sent", () => {
  const cases: [Record<string, string>, boolean][] = [
    [{ "sec-fetch-site": "same-origin" }, true],
    [{ "sec-fetch-site": "none" }, true],
    [{ "sec-fetch-site": "same-site" }, false],
    [{ "sec-fetch-site": "cross-site", origin: "https://img.example.com" }, false],
    [{ origin: "https://img.example.com" }, true],
    [{ origin: "https://evil.example.com" }, false],
    [{ origin: "null" }, false],
    [{}, true],
  ];
  for (const [headers, expected] of cases) assertEquals(isSameOrigin(new Headers({ ...HOST, ...headers })), expected);
});

Deno.test("isShownHere() takes what a page of this site shows, and nothing that was opened by itself", () => {
  const cases: [Record<string, string>, boolean][] = [
    [{ "sec-fetch-site": "same-origin" }, true],
    [{ "sec-fetch-site": "none", referer: "https://img.example.com/images" }, false],
    [{ "sec-fetch-site": "cross-site" }, false],
    [{ referer: "http://img.example.com/images" }, true],
    [{ referer: "http://evil.example.com/img.example.com" }, false],
    [{ referer: "nonsense" }, false],
    [{}, false],
  ];
  for (const [headers, expected] of cases) assertEquals(isShownHere(new Headers({ ...HOST, ...headers })), expected);
});
