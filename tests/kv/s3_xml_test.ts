import { assertEquals, assertThrows } from "@std/assert";
import { parseListPage, xmlText } from "../../kv/blobs/s3/xml.ts";

const page = (inner: string) => `<?xml version="1.0"?><ListBucketResult xmlns="http://s3">${inner}</ListBucketResult>`;
const object = (key: string, size = "5", time = "2026-01-15T12:00:00.000Z") =>
  `<Contents><Key>${key}</Key><LastModified>${time}</LastModified><Size>${size}</Size></Contents>`;

Deno.test("parseListPage() reads objects and where the next page begins", () => {
  const text = page(
    `<IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>${object("x/1")}${
      object("&lt;k&#x41;&#66;&gt;")
    }`,
  );
  assertEquals(parseListPage(text), {
    objects: [
      { key: "x/1", size: 5, modifiedAtMs: Date.UTC(2026, 0, 15, 12) },
      { key: "<kAB>", size: 5, modifiedAtMs: Date.UTC(2026, 0, 15, 12) },
    ],
    next: "a&b",
  });
  assertEquals(parseListPage(page("<IsTruncated>false</IsTruncated>")), { objects: [], next: null });
});

Deno.test("parseListPage() refuses what is no list, is cut, or does not say where it goes on", () => {
  const bad = [
    "",
    "<html>sign in</html>",
    "<Error><Code>AccessDenied</Code></Error>",
    page("<Contents><Key>a</Key>"),
    page(object("a", "many")),
    page(object("a", "5", "yesterday")),
    page("<Contents><Size>5</Size></Contents>"),
    page("<IsTruncated>true</IsTruncated>"),
    page(`<IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken>`),
  ];
  for (const text of bad) assertThrows(() => parseListPage(text), SyntaxError);
});

Deno.test("parseListPage() takes a key that looks like an element of the page for what it is", () => {
  const text = page(`${object("&lt;IsTruncated&gt;true&lt;/IsTruncated&gt;")}<IsTruncated>false</IsTruncated>`);
  assertEquals(parseListPage(text).next, null);
});

Deno.test("no entity is resolved but those of XML itself", () => {
  const text = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Code>&e;&amp;e;&#x110000;</Code>`;
  assertEquals(xmlText(text, "Code"), "&e;&e;&#x110000;");
  assertEquals([xmlText("<Code>x", "Code"), xmlText("<Codes>x</Codes>", "Code")], [null, null]);
});
